import Linux
package import SystemPackage

/// A process that a shim, or the zygote, has started, and what its steps had to say.
package struct StartedProcess: Equatable, Sendable {
    package let state: ProcessState
    package let warnings: [String]
    package var pid: Int32 { state.pid }
}

/// The agent's side of a pod's shim. Holds no connection: each request makes one, so there is nothing to restore
/// after either side was started anew, and a request that is cancelled leaves nothing half-read.
package struct ShimClient: Sendable {
    package let socket: FilePath
    package init(socket: FilePath) { self.socket = socket }

    /// Starts a process; returns when its program runs.
    ///
    /// - Parameter descriptors: the standard streams if the request says so, then what the program's first slots hold.
    package func start(
        _ request: StartRequest, descriptors: [FileDescriptor] = []
    ) async throws -> StartedProcess {
        try await process(.start(request), descriptors)
    }

    /// Signals a process, or all of its cgroup. One that has ended is no error.
    package func signal(_ id: String, _ number: Int32, all: Bool = false) async throws {
        try await done(.signal(id: id, number: number, all: all))
    }

    /// All that the shim keeps, running or not.
    package func list() async throws -> [ProcessState] {
        let reply = try await ask(.list)
        guard case .states(let states) = reply else { throw unexpected(reply) }
        return states
    }

    /// Waits until a process has ended.
    package func wait(_ id: String) async throws -> ExitState {
        let reply = try await ask(.wait(id: id))
        guard case .exited(let exit) = reply else { throw unexpected(reply) }
        return exit
    }

    /// Makes the shim forget a process that has ended. One that it does not know is no error.
    package func remove(_ id: String) async throws { try await done(.remove(id: id)) }

    /// Ends the shim, which must keep no running process.
    package func shutdown() async throws { try await done(.shutdown) }

    private func done(_ request: ShimRequest) async throws {
        let reply = try await ask(request)
        guard case .done = reply else { throw unexpected(reply) }
    }

    private func process(_ request: ShimRequest, _ descriptors: [FileDescriptor]) async throws -> StartedProcess {
        let reply = try await ask(request, descriptors)
        guard case .process(let state, let warnings) = reply else { throw unexpected(reply) }
        return StartedProcess(state: state, warnings: warnings)
    }

    private func unexpected(_ reply: ShimReply) -> ShimError { .garbled("shim answered \(reply)") }

    private func ask(_ request: ShimRequest, _ descriptors: [FileDescriptor] = []) async throws -> ShimReply {
        do {
            return try await exchange(request, descriptors)
        } catch let error as SyscallError where Self.meansGone.contains(error.errno) {
            throw ShimError.gone("shim at \(socket)")
        }
    }

    /// What a socket says whose owner has ended, before and after it took the connection.
    private static let meansGone: Set<Errno> = [
        .connectionRefused, .noSuchFileOrDirectory, .connectionReset, .brokenPipe,
    ]

    private func exchange(_ request: ShimRequest, _ descriptors: [FileDescriptor]) async throws -> ShimReply {
        let connection = try UnixSocket.connecting(to: socket, .packets)
        let bytes = request.encoded()
        if bytes.count < ShimRequest.largestInline {
            try await connection.send([0] + bytes, descriptors: descriptors)
        } else {
            let file = try sealedMemoryFile("request", bytes).release()
            defer { try? file.close() }
            try await connection.send([1], descriptors: descriptors + [file])
        }
        return try await receiveReply(from: connection, named: "shim at \(socket)")
    }
}

/// Reads one reply; a failure is thrown, naming its step. Descriptors that come along are not for the agent.
func receiveReply(from connection: borrowing UnixSocket, named name: String) async throws -> ShimReply {
    guard let packet = try await connection.receivePacket() else { throw ShimError.gone(name) }
    let reply = try ShimReply(decoding: packet.bytes)
    for descriptor in packet.takeDescriptors() { try descriptor.close() }
    if case .failure(let message, let errno) = reply {
        throw ShimError.refused(message: message, errno: Errno(rawValue: errno))
    }
    return reply
}
