import Linux
import SystemPackage

extension Cgroup {
    /// Makes these rules the group's own. The groups above keep theirs: an access must please them all.
    package func setDevices(_ rules: [DeviceRule], from programs: DevicePrograms = DevicePrograms()) throws {
        try programs.program(for: rules).program.attach(toGroupAt: path)
    }
}
