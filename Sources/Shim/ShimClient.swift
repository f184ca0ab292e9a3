package import Linux
package import SystemPackage

/// A process that a shim has started: its pidfd, and what its steps had to say.
package struct StartedProcess: ~Copyable, Sendable {
    package let process: PidFD
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

    /// Starts a process that is forgotten once whoever started it was told how it ended; returns when its program runs.
    ///
    /// - Parameter descriptors: as for ``start(_:descriptors:)``.
    package func run(
        _ request: StartRequest, descriptors: [FileDescriptor] = []
    ) async throws -> TransientProcess {
        var request = request
        request.isTransient = true
        let connection = try await connect(sending: .start(request), descriptors)
        let reply = try await answer(on: connection).reply
        guard case .process = reply else { throw unexpected(reply) }
        return TransientProcess(connection, of: self)
    }

    /// A process that the shim keeps, by its id: to wait for it again after the agent was started anew.
    package func open(_ id: String) async throws -> StartedProcess { try await process(.open(id: id), []) }

    /// Signals a process, or all of its cgroup. One that has ended is no error.
    package func signal(_ id: String, _ number: Int32, all: Bool = false) async throws {
        try await done(.signal(id: id, number: number, all: all))
    }

    /// All that the shim keeps, running or not.
    package func list() async throws -> [ProcessState] {
        let answer = try await ask(.list)
        guard case .states(let states) = answer.reply else { throw unexpected(answer.reply) }
        return states
    }

    /// Waits until a process has ended.
    package func wait(_ id: String) async throws -> ExitState {
        let answer = try await ask(.wait(id: id))
        guard case .exited(let exit) = answer.reply else { throw unexpected(answer.reply) }
        return exit
    }

    /// Makes the shim forget a process that has ended. One that it does not know is no error.
    package func remove(_ id: String) async throws { try await done(.remove(id: id)) }

    /// Lets what a process writes from now on come to two pipes as well; the second is for its errors, if they are apart.
    ///
    /// - Returns: the other end of its input; `nil`: it has none.
    package func attach(_ id: String, to pipes: [FileDescriptor]) async throws -> FileDescriptor? {
        let answer = try await ask(.attach(id: id), pipes)
        guard case .done = answer.reply else { throw unexpected(answer.reply) }
        return answer.descriptor
    }

    /// Ends the input of a process that reads from a pipe. One that is closed already is no error.
    package func closeInput(of id: String) async throws { try await done(.closeInput(id: id)) }

    /// Ends the shim, which must keep no running process.
    package func shutdown() async throws { try await done(.shutdown) }

    private func done(_ request: ShimRequest) async throws {
        let answer = try await ask(request)
        guard case .done = answer.reply else { throw unexpected(answer.reply) }
    }

    private func process(_ request: ShimRequest, _ descriptors: [FileDescriptor]) async throws -> StartedProcess {
        try await ask(request, descriptors).started()
    }

    private func unexpected(_ reply: ShimReply) -> ShimError { .garbled("shim answered \(reply)") }

    private func ask(_ request: ShimRequest, _ descriptors: [FileDescriptor] = []) async throws -> ShimAnswer {
        let connection = try await connect(sending: request, descriptors)
        return try await answer(on: connection)
    }

    private func connect(sending request: ShimRequest, _ descriptors: [FileDescriptor]) async throws -> UnixSocket {
        do {
            let connection = try UnixSocket.connecting(to: socket, .packets)
            try await send(request, descriptors, to: connection)
            return connection
        } catch let error as SyscallError where Self.meansGone(error) {
            throw ShimError.gone(name)
        }
    }

    fileprivate func answer(on connection: borrowing UnixSocket) async throws -> ShimAnswer {
        do {
            return try await ShimAnswer.receive(from: connection, named: name)
        } catch let error as SyscallError where Self.meansGone(error) {
            throw ShimError.gone(name)
        }
    }

    private var name: String { "shim at \(socket)" }

    /// Nobody listens, or it was killed with a request before it.
    private static func meansGone(_ error: SyscallError) -> Bool {
        [.connectionRefused, .noSuchFileOrDirectory, .connectionReset, .brokenPipe].contains(error.errno)
    }

    private func send(
        _ request: ShimRequest, _ descriptors: [FileDescriptor], to connection: borrowing UnixSocket
    ) async throws {
        let bytes = request.encoded()
        guard bytes.count >= ShimRequest.largestInline else {
            return try await connection.send([0] + bytes, descriptors: descriptors)
        }
        let file = try sealedMemoryFile("request", bytes)
        try await connection.send([1], descriptors: descriptors + [file.borrow { $0 }])
        _ = file.borrow { $0 }
    }
}

/// A process that a shim was asked to run, and the connection on which it tells the end.
package final class TransientProcess: Sendable {
    private let connection: UnixSocket
    private let shim: ShimClient

    fileprivate init(_ connection: consuming UnixSocket, of shim: ShimClient) {
        self.connection = connection
        self.shim = shim
    }

    /// Waits until it has ended. It is told once; a wait that is cancelled may be repeated.
    package func end() async throws -> ExitState {
        let reply = try await shim.answer(on: connection).reply
        guard case .exited(let exit) = reply else { throw ShimError.garbled("shim answered \(reply)") }
        return exit
    }
}

/// A reply with the descriptor that came along, which the receiver owns.
struct ShimAnswer {
    let reply: ShimReply
    let descriptor: FileDescriptor?

    func started() throws -> StartedProcess {
        guard case .process(let state, let warnings) = reply, let descriptor else {
            try descriptor?.close()
            throw ShimError.garbled("answer is no process: \(reply)")
        }
        return StartedProcess(
            process: PidFD(adopting: OwnedFileDescriptor(descriptor)), state: state, warnings: warnings)
    }

    /// A failure is thrown, naming its step.
    static func receive(from connection: borrowing UnixSocket, named name: String) async throws -> ShimAnswer {
        guard let packet = try await connection.receivePacket() else { throw ShimError.gone(name) }
        let reply = try ShimReply(decoding: packet.bytes)
        if case .failure(let message, let errno) = reply {
            throw ShimError(failure: message, errno: errno)
        }
        let descriptors = packet.takeDescriptors()
        for extra in descriptors.dropFirst() { try extra.close() }
        return ShimAnswer(reply: reply, descriptor: descriptors.first)
    }
}
