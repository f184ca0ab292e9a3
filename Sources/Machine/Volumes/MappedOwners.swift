import Containers
import Linux
import OCI
import Pods
import SystemPackage

extension Machine {
    /// Tries on everything that a container of a pod with its own users is given whether it can be shown with other
    /// owners, so that what cannot is named. The namespace that it is tried with is the pause's.
    ///
    /// - Parameter volumes: where each lies that the container mounts, by its name, or its name and a part's number.
    func checkOwners(_ container: ContainerSpec, volumes: [String: FilePath], pause: ProcessRecord) throws {
        let namespace = try openFile(FilePath("/proc/\(pause.pid)/ns/user"), .readOnly)
        guard pause.isAlive else { throw PauseEnded() }
        func check(_ path: String, as name: String) throws(Unmappable) {
            do throws(SyscallError) {
                try Mount.copy(of: FilePath(path), recursive: false).borrow { copy throws(SyscallError) in
                    try namespace.borrow { namespace throws(SyscallError) in
                        try Mount.mapIDs(of: copy, through: namespace, recursive: false)
                    }
                }
            } catch {
                throw Unmappable(name: name, path: path, cause: error)
            }
        }
        if case .overlay(let layers, _, _) = container.root {
            for layer in layers { try check(layer, as: "image") }
        }
        let names = Dictionary(volumes.map { ($1.string, $0.prefix { $0 != "/" }) }) { first, _ in first }
        for mount in container.spec.mounts ?? [] where mount.uidMappings != nil {
            guard let source = mount.source else { continue }
            try check(source, as: names[source].map { "volume \($0)" } ?? mount.destination)
        }
    }

    /// Source: `mount_setattr(2)`: EINVAL for a file system without FS_ALLOW_IDMAP, EPERM for a mount that is mapped already.
    struct Unmappable: Error, CustomStringConvertible {
        let name: String
        let path: String
        let cause: SyscallError
        var description: String {
            "\(name): files at \(path) cannot be shown with other owners, as `hostUsers: false` asks: \(cause)"
        }
    }
}
