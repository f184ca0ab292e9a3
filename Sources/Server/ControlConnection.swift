package import Linux

/// One end of a connection of the control socket: frames in, frames out.
///
/// One task sends and one receives at a time; ``waitForHangup()`` may run beside a sender.
package final class ControlConnection: Sendable {
    private let socket: UnixSocket

    package init(_ socket: consuming UnixSocket) { self.socket = socket }

    package func send(_ frame: Frame) async throws { try await socket.writeAll(frame.encoded) }

    /// The next frame; `nil` when the other side has closed between two frames.
    package func receive(_ parser: inout FrameParser) async throws -> Frame? {
        while true {
            if let frame = try parser.next() { return frame }
            let bytes = try await socket.readSome()
            if bytes.isEmpty {
                if parser.isEmpty { return nil }
                throw ControlError(.failed, "the connection ended in the middle of a message")
            }
            parser.append(bytes)
        }
    }

    /// Returns when the other side closes, or speaks out of turn: both end the conversation.
    func waitForHangup() async throws { _ = try await socket.readSome(limit: 1) }

    /// Who is at the other end, as the kernel vouches.
    func peer() throws -> UnixSocket.Peer { try socket.peer() }
}

/// Runs `body`, and gives up with `failure` if it takes longer.
func withTimeout<R: Sendable>(
    _ limit: Duration, _ failure: @autoclosure @escaping @Sendable () -> ControlError,
    _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw failure()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw failure() }
        return first
    }
}
