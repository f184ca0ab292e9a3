package import Linux
import SystemPackage

extension Cgroup {
    /// Makes these rules the group's own, in one step: there is no moment without any, and none with both.
    ///
    /// The groups above keep theirs, and so do others that decide about this one, e.g. systemd: an access must please
    /// them all.
    package func setDevices(_ rules: [DeviceRule]) throws {
        let program = try DeviceProgramFD(loading: DeviceProgram(rules).bytes)
        try program.attach(toGroupAt: path)
    }

    /// The programs that decide about the group's devices, of whoever attached them; not those of the groups above.
    package func devicePrograms() throws -> [DeviceProgramInformation] { try DeviceProgramFD.attached(toGroupAt: path) }

    /// Takes our own rules away. What the groups above allow is allowed then.
    package func removeDevices() throws { try DeviceProgramFD.detachOwn(fromGroupAt: path) }
}
