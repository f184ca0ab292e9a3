import Linux
import Server

/// A command in a container that a client talks to, whatever carries their talk.
struct RemoteCommand: Sendable {
    let options: RemoteCommandOptions
    let sizes: AsyncStream<TerminalSize>
    private let sizeSink: AsyncStream<TerminalSize>.Continuation
    /// What is said before the reason why it could not be started.
    private let failure: String
    private let start: @Sendable (RemoteCommandOptions) async throws -> ExecSession

    init(
        _ options: RemoteCommandOptions, failure: String,
        start: @escaping @Sendable (RemoteCommandOptions) async throws -> ExecSession
    ) {
        self.options = options
        self.failure = failure
        self.start = start
        (sizes, sizeSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func resize(_ message: [UInt8]) { if let size = TerminalSize(resize: message) { sizeSink.yield(size) } }

    /// Runs it to its end, with what the client sends to it.
    ///
    /// A client that goes away cancels this. The process is let go then, not killed: its input is at its end, nobody
    /// takes its output, and its terminal hangs up.
    func run(
        input: ByteQueue, _ send: @escaping @Sendable (ExecRelay.Output, [UInt8]) async throws -> Void
    ) async throws -> RemoteCommandEnd {
        defer { input.abandon() }
        let session: ExecSession
        do {
            session = try await start(options)
        } catch {
            try Task.checkCancellation()
            return .failed("\(failure): \(error)")
        }
        let options = options
        let relay = ExecRelay(
            session,
            send: { output, bytes in
                guard output == .errors ? options.hasErrors : options.hasOutput else { return }
                try await send(output, bytes)
            }, takeInput: { try await takeInput(input, for: $0) })
        let result: Result<ProcessEnd, any Error>
        do {
            result = .success(try await relay.run())
        } catch {
            result = .failure(error)
        }
        if let inputEnded = session.inputEnded, options.hasInput {
            try? await withoutCancellation { try await inputEnded() }
        }
        return .exited(code: try result.get().code, command: options.command)
    }

    /// Returns when it is cancelled.
    private func takeInput(_ input: ByteQueue, for session: ExecSession) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if session.isTerminal { group.addTask { for await size in sizes { try session.input?.resize(to: size) } } }
            group.addTask {
                while let bytes = await input.take() {
                    guard try await session.input?.writeAll(bytes) ?? false else { break }
                }
                // Nobody reads it any more: whoever sends shall not wait.
                input.abandon()
                if !session.isTerminal { session.input?.close() }
                if options.hasInput, !Task.isCancelled { try await session.inputEnded?() }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: .seconds(Int32.max))
    }
}
