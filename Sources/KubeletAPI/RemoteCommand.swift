import Linux
import Server

/// A command in a container that a client talks to, whatever carries their talk.
struct RemoteCommand: Sendable {
    let options: RemoteCommandOptions
    let sizes: AsyncStream<TerminalSize>
    private let sizeSink: AsyncStream<TerminalSize>.Continuation
    private let start: @Sendable (RemoteCommandOptions) async throws -> ExecSession

    init(
        _ options: RemoteCommandOptions, start: @escaping @Sendable (RemoteCommandOptions) async throws -> ExecSession
    ) {
        self.options = options
        self.start = start
        (sizes, sizeSink) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func resize(_ message: [UInt8]) { if let size = TerminalSize(resize: message) { sizeSink.yield(size) } }

    /// Runs it to its end, with what the client sends to it. A client that goes away cancels this: the command is let go then, not killed. Its input is at
    /// its end, its output closed; its terminal hangs up.
    func run(
        input: ByteQueue, _ send: @escaping @Sendable (ExecRelay.Output, [UInt8]) async throws -> Void
    ) async throws
        -> RemoteCommandEnd
    {
        defer { input.abandon() }
        let session: ExecSession
        do {
            session = try await start(options)
        } catch {
            try Task.checkCancellation()
            return .failed("error executing command in container: \(error)")
        }
        let options = options
        let relay = ExecRelay(
            session,
            send: { output, bytes in
                guard output == .errors ? options.hasErrors : options.hasOutput else { return }
                try await send(output, bytes)
            }, takeInput: { try await takeInput(input, for: $0) })
        return .exited(code: try await relay.run().code, command: options.command)
    }

    /// Returns when it is cancelled.
    private func takeInput(_ input: ByteQueue, for session: ExecSession) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await size in sizes { try session.output.resize(to: size) } }
            group.addTask {
                while let bytes = await input.take() {
                    guard try await session.input?.writeAll(bytes) ?? false else { break }
                }
                // Nobody reads it any more: whoever sends shall not wait.
                input.abandon()
                if !session.isTerminal { session.input?.close() }
            }
            try await group.waitForAll()
        }
        try await Task.sleep(for: .seconds(Int32.max))
    }
}
