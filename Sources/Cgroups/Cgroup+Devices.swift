import Linux
import SystemPackage

extension Cgroup {
    /// Makes these rules the group's own. The groups above keep theirs: an access must please them all.
    package func setDevices(_ rules: [DeviceRule]) throws {
        let program = try DeviceProgramFD(loading: DeviceProgram(rules).bytes)
        try program.attach(toGroupAt: path)
    }
}
