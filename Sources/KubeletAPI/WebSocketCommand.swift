import Linux
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Server

/// Exec and attach over WebSocket: one channel for each stream.
struct WebSocketCommand: Sendable {
    private enum Channel {
        static let (input, output, errors, status, size): (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 1, 2, 3, 4)
    }

    let language: WebSocketLanguage
    let command: RemoteCommand
    let idleTimeout: Duration
    private let input = ByteQueue()

    init(language: WebSocketLanguage, command: RemoteCommand, idleTimeout: Duration) {
        self.language = language
        self.command = command
        self.idleTimeout = idleTimeout
        if !command.options.hasInput { input.finish() }
    }

    func converse(_ reader: inout WireReader, _ wire: Wire) async throws {
        let activity = Activity()
        // A reader that waits for room finds out by this that the client has gone.
        wire.channel.closeFuture.whenComplete { [input] _ in input.abandon() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [idleTimeout] in await activity.close(wire, after: idleTimeout) }
            group.addTask { try await serve(wire, activity) }
            defer { group.cancelAll() }
            while let message = try await WebSocket.next(from: &reader, wire) {
                activity.note()
                switch language.decode(message, channels: 5) {
                case .data(Channel.input, let bytes): await input.put(bytes)
                case .data(Channel.size, let bytes): command.resize(bytes)
                case .end(Channel.input): input.finish()
                // What is not understood, or not for the server, is passed over.
                case .data, .end, nil: break
                }
            }
        }
    }

    /// Runs the command, says how it came out, and leaves it to the client to close.
    private func serve(_ wire: Wire, _ activity: Activity) async throws {
        // However it ends, whoever reads shall find out.
        defer { wire.close() }
        let language = language
        let first =
            command.options.hasOutput ? Channel.output : command.options.hasErrors ? Channel.errors : Channel.status
        try await wire.send(.frame(language.encode([], channel: first)))
        let end = try await command.run(input: input) { output, bytes in
            activity.note()
            try await wire.send(
                .frame(language.encode(bytes, channel: output == .errors ? Channel.errors : Channel.output)))
        }
        let words = language.hasStatus ? end.status : end.text
        if !words.isEmpty { try await wire.send(.frame(language.encode(words, channel: Channel.status))) }
        try await wire.send(.frame(WebSocket.closing()))
        try await wire.linger()
    }
}
