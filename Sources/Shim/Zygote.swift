import Linux
package import SystemPackage

/// Starts shims: a small process with one thread that may fork, which the agent may not.
///
/// Started when first needed and again when it has died: a shim does not depend on it once it is forked.
package actor Zygote {
    private let executable: FilePath
    private let cgroup: FilePath?
    private var socket: FileDescriptor?
    private var pid: Int32 = 0

    /// - Parameters:
    ///   - executable: `swiftlet-shim`. It is run from a sealed copy in memory (CVE-2019-5736).
    ///   - cgroup: where the zygote itself lives; `nil`: in the agent's.
    package init(executable: FilePath, cgroup: FilePath? = nil) {
        self.executable = executable
        self.cgroup = cgroup
    }

    /// Starts the zygote. One that runs is let go: it ends by itself when its socket closes.
    package func start() throws {
        stop()
        guard let content = try readFile(at: executable) else { return }
        let program = try sealedMemoryFile("swiftlet-shim", content)
        let (near, far) = try UnixSocket.plainPair()
        defer { try? far.close() }
        do {
            pid = try program.borrow { program throws(SyscallError) in
                try spawn(
                    program: program, arguments: ["swiftlet-zygote"] + (cgroup.map { [$0.string] } ?? []), socket: far)
            }
        } catch {
            try near.close()
            throw error
        }
        socket = near
    }

    /// Ends the zygote; its shims live on.
    package func stop() {
        try? socket?.close()
        socket = nil
        if pid > 0 { reapChild(pid) }
        pid = 0
    }

    /// Forks a shim that listens at `path`, with its cgroup as its home. It is not the agent's child.
    ///
    /// - Parameter name: what `ps` shows, at most 15 bytes.
    package func forkShim(socket path: FilePath, cgroup: FilePath?, name: String) async throws -> StartedProcess {
        let listener = try UnixSocket.listening(at: path, .packets)
        let home = try cgroup.map { try FileDescriptor.open($0, .readOnly, options: [.directory, .closeOnExec]) }
        defer { try? home?.close() }
        if let started = try await fork(listener, home, name) { return started }
        // It died since it was last used: nothing was done for this request.
        try start()
        guard let started = try await fork(listener, home, name) else { throw ShimError.gone("zygote") }
        return started
    }

    /// `nil` when the zygote is not there.
    private func fork(
        _ listener: borrowing UnixSocket, _ home: FileDescriptor?, _ name: String
    ) async throws -> StartedProcess? {
        if socket == nil { try start() }
        let (near, far) = try UnixSocket.plainPair()
        let answer = UnixSocket(adopting: OwnedFileDescriptor(near))
        do {
            defer { try? far.close() }
            let request = ForkRequest(name: name, hasCgroup: home != nil)
            let descriptors = [far, listener.borrow { $0 }] + [home].compactMap(\.self)
            try socket?.sendPacket(request.encoded(), descriptors: descriptors)
        } catch {
            return nil
        }
        let reply: ShimReply
        do {
            reply = try await receiveReply(from: answer, named: "zygote")
        } catch ShimError.gone {
            return nil
        }
        guard case .process(let state, let warnings) = reply else { throw ShimError.garbled("zygote answered \(reply)") }
        return StartedProcess(state: state, warnings: warnings)
    }
}
