package import Linux

/// A process that was started in a container for a caller: the near ends of its streams, and its end.
package struct ExecSession: Sendable {
    /// `nil`: its input is empty. A terminal is both input and output.
    package var input: StreamEnd?
    package var output: StreamEnd
    /// `nil`: it has a terminal, where both are one.
    package var errors: StreamEnd?
    package var isTerminal: Bool
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

/// Carries bytes between a process and the connection of whoever asked for it.
///
/// One task sends, so that frames do not mix; it reads no more than it has sent, so that a slow client slows the
/// process down instead of filling the agent's memory.
struct ExecRelay {
    private enum Event: Sendable {
        case readable(Frame.Kind)
        case ended(ProcessEnd)
        case clientGone
    }

    let session: ExecSession
    let connection: ControlConnection
    /// Holds what came after the request.
    var parser: FrameParser

    /// Returns when the process has ended and all that it wrote is sent. A client that goes away ends the process.
    func run() async throws -> ProcessEnd {
        do {
            return try await withThrowingTaskGroup(of: Event.self) { group in
                group.addTask {
                    try await takeInput()
                    return .clientGone
                }
                group.addTask { .ended(try await session.end()) }
                watch(.data, in: &group)
                if session.errors != nil { watch(.errors, in: &group) }
                defer { group.cancelAll() }
                while let event = try await group.next() {
                    switch event {
                    case .readable(let kind): if try await sendPending(kind) != .end { watch(kind, in: &group) }
                    case .ended(let end):
                        // What others of its that live on may still write is not waited for.
                        // A pipe holds a MiB at most: a live writer cannot keep the command here.
                        for kind in [Frame.Kind.data, .errors] {
                            for _ in 0..<32 { guard try await sendPending(kind) == .some else { break } }
                        }
                        return end
                    case .clientGone: throw CancellationError()
                    }
                }
                throw CancellationError()
            }
        } catch {
            try? await session.kill()
            throw error
        }
    }

    private func watch(_ kind: Frame.Kind, in group: inout ThrowingTaskGroup<Event, any Error>) {
        let stream = stream(kind)
        group.addTask {
            try await stream?.readable()
            return .readable(kind)
        }
    }

    private func stream(_ kind: Frame.Kind) -> StreamEnd? { kind == .errors ? session.errors : session.output }

    private enum Pending { case some, nothing, end }

    /// Sends what there is to be read, if anything.
    private func sendPending(_ kind: Frame.Kind) async throws -> Pending {
        guard let stream = stream(kind) else { return .end }
        guard let bytes = try stream.readPending() else { return .nothing }
        if bytes.isEmpty { return .end }
        try await connection.send(Frame(kind, bytes))
        return .some
    }

    /// Returns when the client has gone.
    private func takeInput() async throws {
        var parser = parser
        while let frame = try await connection.receive(&parser) {
            switch frame.kind {
            case .input where frame.payload.isEmpty: if !session.isTerminal { session.input?.close() }
            case .input: _ = try await session.input?.writeAll(frame.payload)
            case .size: try session.output.resize(to: ControlJSON.decode(TerminalSize.self, from: frame.payload))
            default: throw ControlError(.invalid, "only input may come after the request")
            }
        }
    }
}
