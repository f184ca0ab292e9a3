import Linux
import OCI
import SystemPackage

/// Passes a container's word that it is ready on to whoever started this program and waits for it: a unit of systemd's
/// with `Type=notify`.
///
/// The container gets a socket of its own: whoever has systemd's may say more than that.
///
/// Source: sd_notify(3); runc, `notify_socket.go`.
struct NotifySocket {
    private static let place = "/run/notify"
    private static let name = "notify.sock"

    /// Systemd's: a path, or `@` and a name.
    private let target: String
    private let directory: FilePath

    /// - Returns: `nil` when nobody waits.
    init?(_ container: ContainerDirectory) {
        guard let target = environmentVariable("NOTIFY_SOCKET"), target.hasPrefix("/") || target.hasPrefix("@") else {
            return nil
        }
        self.target = target
        directory = container.path.appending("notify")
    }

    /// The container sees the directory, which is there before anybody listens, and the variable.
    func add(to spec: inout RuntimeSpec) {
        spec.mounts =
            (spec.mounts ?? []) + [
                RuntimeSpec.Mount(
                    destination: Self.place, source: directory.string, type: "bind",
                    options: ["bind", "nosuid", "noexec", "nodev", "ro"])
            ]
        let environment = spec.process?.env ?? []
        spec.process?.env = environment + ["NOTIFY_SOCKET=\(Self.place)/\(Self.name)"]
    }

    /// For a user of the container's as well, whoever that is: the directory above is root's.
    func make() throws { try makeNewDirectory(directory, mode: 0o755) }

    /// - Returns: `nil` when the container was made by somebody for whom nobody waited.
    func listen() throws -> Notices? {
        guard try fileExists(at: directory) else { return nil }
        let socket = try UnixSocket.listening(at: directory.appending(Self.name), .datagrams, mode: 0o777).release()
        return Notices(socket: socket, target: FilePath(target))
    }
}

/// What a container says of itself.
struct Notices {
    let socket: FileDescriptor
    let target: FilePath

    /// Waits until the container has said that it is ready, or has ended.
    func forward(of process: FileDescriptor, pid: Int32) throws {
        defer { try? socket.close() }
        while true {
            let ready = try waitReadable([socket, process])
            if ready[0], try forwardOne(pid: pid) { return }
            if ready[1] { return }
        }
    }

    /// - Returns: whether it was the word that is waited for.
    @discardableResult
    func forwardOne(pid: Int32) throws -> Bool {
        guard let packet = try socket.receivePacket(limit: 4096) else { return false }
        let lines = String(decoding: packet.bytes, as: UTF8.self).split(separator: "\n")
        for fd in packet.takeDescriptors() { try? fd.close() }
        guard let word = lines.first(where: { $0.hasPrefix("READY=") }) else { return false }
        let systemd = try UnixSocket.connecting(to: target, .datagrams)
        try systemd.borrow { fd throws(SyscallError) in try fd.sendPacket(Array("\(word)\nMAINPID=\(pid)\n".utf8)) }
        return true
    }
}
