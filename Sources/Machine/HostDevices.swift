import Linux
import OCI
import SystemPackage

/// The host's device nodes, which a privileged container gets as they are.
///
/// Links are not followed. Source: containerd `pkg/oci/utils_unix.go`, `getDevices`: what it leaves out belongs to a
/// container's own `/dev`, or to other runtimes.
func hostDevices(in directory: FilePath = "/dev", as place: FilePath = "/dev") throws -> [RuntimeSpec.Device] {
    let others = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console", "ptmx"]
    var devices: [RuntimeSpec.Device] = []
    for name in try directoryEntries(directory).sorted() where !others.contains(name) {
        let path = directory.appending(name)
        // It may be pulled out while it is looked at.
        guard let status = try fileStatus(path) else { continue }
        switch status.kind {
        case .directory: devices += try hostDevices(in: path, as: place.appending(name))
        case .characterDevice(let major, let minor):
            devices.append(.init(type: "c", path: place.appending(name).string, major, minor, status))
        case .blockDevice(let major, let minor):
            devices.append(.init(type: "b", path: place.appending(name).string, major, minor, status))
        case .regular, .link, .fifo, .socket: continue
        }
    }
    return devices
}

extension RuntimeSpec.Device {
    fileprivate init(type: String, path: String, _ major: UInt32, _ minor: UInt32, _ status: FileStatus) {
        self.init(
            type: type, path: path, major: Int64(major), minor: Int64(minor), fileMode: status.permissions,
            uid: status.owner, gid: status.group)
    }
}
