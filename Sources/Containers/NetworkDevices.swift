import Linux
import Netlink
package import OCI
import SystemPackage

/// Interfaces of the machine that a container gets for itself.
package enum NetworkDevices {
    /// Moves each into the network namespace of a process. They do not come back: with the namespace, hardware returns to
    /// the machine's by itself, and what is only software vanishes.
    ///
    /// To be called at ``InitProgram/Stage/surroundings``, by a program with one thread: it visits the namespace.
    ///
    /// - Parameter pid: the container's process, as the runtime's `/proc` numbers it.
    /// - SeeAlso: runtime-spec 1.3, config-linux.md, "Network Devices".
    package static func move(_ devices: [String: RuntimeSpec.NetDevice], to pid: Int32) throws {
        guard !devices.isEmpty else { return }
        let namespace = try openFile(FilePath("/proc/\(pid)/ns/net"), .readOnly)
        try namespace.borrow { namespace in
            let outside = try NetlinkSocket()
            let inside = try NetlinkSocket.inside(namespace)
            for (name, device) in devices.sorted(by: { $0.key < $1.key }) {
                let newName = device.name.flatMap { $0.isEmpty ? nil : $0 }
                try outside.move(name, to: namespace, inside, as: newName)
            }
        }
    }
}
