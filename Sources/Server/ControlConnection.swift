package import Linux
import Synchronization

/// One end of a connection of the control socket: frames in, frames out.
///
/// Any task may send, frame after frame; one receives at a time, and ``waitForHangup()`` may run beside senders.
package final class ControlConnection: Sendable {
    private let socket: UnixSocket
    private let turn = SendTurn()

    package init(_ socket: consuming UnixSocket) { self.socket = socket }

    package func send(_ frame: Frame) async throws {
        await turn.take()
        defer { turn.leave() }
        try await socket.writeAll(frame.encoded)
    }

    /// Gives up with `failure` if the other side takes longer. Mostly it need not wait, and no clock is set.
    func send(_ frame: Frame, within limit: Duration, _ failure: ControlError) async throws {
        await turn.take()
        defer { turn.leave() }
        let rest = try socket.writePending(frame.encoded[...])
        if rest.isEmpty { return }
        try await withTimeout(limit, failure) { try await self.socket.writeAll(Array(rest)) }
    }

    /// A frame that has come already.
    func receivePending(_ parser: inout FrameParser) throws -> Frame? {
        while true {
            if let frame = try parser.next() { return frame }
            guard let bytes = try socket.readPending(), !bytes.isEmpty else { return nil }
            parser.append(bytes)
        }
    }

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

/// Keeps frames apart that several tasks send on one connection.
private final class SendTurn: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Waits until nobody else sends: they are bounded by the connection.
    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                defer { state.isTaken = true }
                if state.isTaken { state.waiting.append(continuation) }
                return !state.isTaken
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
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
