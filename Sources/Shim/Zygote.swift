import Linux
package import SystemPackage

/// Starts shims: a small process with one thread that may fork, which the agent may not.
///
/// Started when first needed and again when it has died: a shim does not depend on it once it is forked.
package actor Zygote {
    private let executable: FilePath
    private let cgroup: FilePath?
    private var running: Running?

    /// The process, and the socket that it lives by.
    private final class Running: Sendable {
        let socket: OwnedFileDescriptor
        let process: PidFD
        init(socket: consuming OwnedFileDescriptor, process: consuming PidFD) {
            self.socket = socket
            self.process = process
        }
    }

    /// - Parameters:
    ///   - executable: `swiftlet-shim`. It is run from a sealed copy in memory (CVE-2019-5736).
    ///   - cgroup: where the zygote itself lives; `nil`: in the agent's.
    package init(executable: FilePath, cgroup: FilePath? = nil) {
        self.executable = executable
        self.cgroup = cgroup
    }

    /// Starts the zygote, if it does not run.
    package func start() throws {
        if let running {
            // One that has died stays in the process table until its parent looks.
            if try !running.process.reap() { return }
        }
        running = nil
        guard let content = try readFile(at: executable) else { return }
        let program = try sealedMemoryFile("swiftlet-shim", content)
        let ends = try UnixSocket.pair().release()
        let near = OwnedFileDescriptor(ends.near)
        let far = OwnedFileDescriptor(ends.far)
        let arguments = ["swiftlet-zygote"] + (cgroup.map { [$0.string] } ?? [])
        let process = try program.borrow { program throws(SyscallError) in
            try far.borrow { far throws(SyscallError) in
                try spawn(program: program, arguments: arguments, socket: far)
            }
        }
        running = Running(socket: near, process: process)
    }

    /// Ends the zygote; its shims live on.
    package func stop() async throws {
        guard let ending = running else { return }
        running = nil
        try ending.process.send(15)
        try await ending.process.ended()
        _ = try ending.process.reap()
    }

    /// Forks a shim that listens at `path`, with its cgroup as its home.
    ///
    /// - Parameter name: what `ps` shows, at most 15 bytes.
    /// - Returns: the shim's pidfd. It is not the agent's child.
    package func forkShim(socket path: FilePath, cgroup: FilePath?, name: String) async throws -> StartedProcess {
        let home = try cgroup.map { try openDirectory($0).release() }
        defer { try? home?.close() }
        do {
            return try await fork(UnixSocket.listening(at: path, .packets), home, name)
        } catch ShimError.gone {
            // It died since it was last used. A shim that it may have forked before must not share a socket with ours,
            // nor stay where nobody finds it.
            try? await ShimClient(socket: path).shutdown()
            return try await fork(UnixSocket.listening(at: path, .packets), home, name)
        }
    }

    private func fork(
        _ listener: borrowing UnixSocket, _ home: FileDescriptor?, _ name: String
    ) async throws -> StartedProcess {
        try start()
        let ends = try UnixSocket.pair().release()
        let answer = UnixSocket(adopting: OwnedFileDescriptor(ends.near))
        var descriptors = [ends.far, listener.borrow { $0 }]
        if let home { descriptors.append(home) }
        let request = ForkRequest(name: name, hasCgroup: home != nil).encoded()
        let socket = running?.socket.borrow { $0 }
        let sent = Result { () throws(SyscallError) in try socket?.sendPacket(request, descriptors: descriptors) }
        // Only the zygote may hold the far end now: when it dies, the wait below ends.
        try ends.far.close()
        if case .failure = sent { throw ShimError.gone("zygote") }
        return try await ShimAnswer.receive(from: answer, named: "zygote").started()
    }
}
