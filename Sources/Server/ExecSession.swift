package import Linux

/// A process that was started in a container for a caller: the near ends of its streams, and its end.
package struct ExecSession: Sendable {
    /// `nil`: its input is empty. A terminal is both input and output.
    package var input: StreamEnd?
    package var output: StreamEnd
    /// `nil`: it has a terminal, where both are one.
    package var errors: StreamEnd?
    package var isTerminal: Bool
    /// Called when nothing more will be put in, whoever ended it; `nil`: nobody wants to know.
    package var inputEnded: (@Sendable () async throws -> Void)?
    /// Waits until the process has ended.
    package var end: @Sendable () async throws -> ProcessEnd
    /// Kills it; one that has ended is no error.
    package var kill: @Sendable () async throws -> Void

    package init(
        input: StreamEnd?, output: StreamEnd, errors: StreamEnd?, isTerminal: Bool,
        end: @escaping @Sendable () async throws -> ProcessEnd, kill: @escaping @Sendable () async throws -> Void
    ) {
        self.input = input
        self.output = output
        self.errors = errors
        self.isTerminal = isTerminal
        self.end = end
        self.kill = kill
    }
}

/// Carries bytes between a process and whoever asked for it.
///
/// One task sends, so that pieces do not mix; it reads no more than it has sent, so that a slow client slows the
/// process down instead of filling the agent's memory.
package struct ExecRelay: Sendable {
    /// Which of its streams a process has written to.
    package enum Output: Sendable { case output, errors }

    private enum Event: Sendable {
        case readable(Output)
        case ended(ProcessEnd)
        case clientGone
    }

    private let session: ExecSession
    private let send: @Sendable (Output, [UInt8]) async throws -> Void
    private let takeInput: @Sendable (ExecSession) async throws -> Void

    /// - Parameters:
    ///   - send: returns when the client has room for more.
    ///   - takeInput: gives the process what the client sends; returns when the client has gone.
    package init(
        _ session: ExecSession, send: @escaping @Sendable (Output, [UInt8]) async throws -> Void,
        takeInput: @escaping @Sendable (ExecSession) async throws -> Void
    ) {
        self.session = session
        self.send = send
        self.takeInput = takeInput
    }

    /// Returns when the process has ended and all that it wrote is sent.
    package func run() async throws -> ProcessEnd {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                try await takeInput(session)
                return .clientGone
            }
            group.addTask { .ended(try await session.end()) }
            watch(.output, in: &group)
            if session.errors != nil { watch(.errors, in: &group) }
            defer { group.cancelAll() }
            while let event = try await group.next() {
                switch event {
                case .readable(let kind): if try await sendPending(kind) != .end { watch(kind, in: &group) }
                case .ended(let end):
                    // What others of its that live on may still write is not waited for.
                    // A pipe holds a MiB at most: a live writer cannot keep the command here.
                    for kind in [Output.output, .errors] {
                        for _ in 0..<32 { guard try await sendPending(kind) == .some else { break } }
                    }
                    return end
                case .clientGone: throw CancellationError()
                }
            }
            throw CancellationError()
        }
    }

    private func watch(_ kind: Output, in group: inout ThrowingTaskGroup<Event, any Error>) {
        let stream = stream(kind)
        group.addTask {
            try await stream?.readable()
            return .readable(kind)
        }
    }

    private func stream(_ kind: Output) -> StreamEnd? { kind == .errors ? session.errors : session.output }

    private enum Pending { case some, nothing, end }

    /// Sends what there is to be read, if anything.
    private func sendPending(_ kind: Output) async throws -> Pending {
        guard let stream = stream(kind) else { return .end }
        guard let bytes = try stream.readPending() else { return .nothing }
        if bytes.isEmpty { return .end }
        try await send(kind, bytes)
        return .some
    }
}

extension ExecRelay {
    /// For a command that was asked for on the control socket. A client that goes away ends the process.
    ///
    /// - Parameter parser: holds what came after the request.
    static func run(_ session: ExecSession, on connection: ControlConnection, _ parser: FrameParser) async throws
        -> ProcessEnd
    {
        do {
            return try await ExecRelay(
                session, send: { try await connection.send(Frame($0 == .errors ? .errors : .data, $1)) },
                takeInput: { try await takeFrames(for: $0, from: connection, parser) }
            ).run()
        } catch {
            try? await session.kill()
            throw error
        }
    }

    /// Returns when the client has gone.
    private static func takeFrames(
        for session: ExecSession, from connection: ControlConnection, _ parser: FrameParser
    ) async throws {
        var parser = parser
        while let frame = try await connection.receive(&parser) {
            switch frame.kind {
            case .input where frame.payload.isEmpty: if !session.isTerminal { session.input?.close() }
            case .input: _ = try await session.input?.writeAll(frame.payload)
            case .size: try session.output.resize(to: ControlJSON.decode(TerminalSize.self, from: frame.payload))
            default: throw ControlError(.invalid, "only input may come after the request")
            }
            // A client that is as fast as the process reads would keep the thread from all others.
            await Task.yield()
        }
    }
}
