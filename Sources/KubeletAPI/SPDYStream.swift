import Synchronization

/// One stream of a SPDY connection, opened by the client.
final class SPDYStream: Sendable {
    let id: UInt32
    let headers: SPDYHeaders
    /// What the client sends on it.
    let input: ByteQueue
    let taken = SPDYTaken()
    private let session: SPDYSession
    private let window: SPDYWindow
    private let isFinished = Mutex(false)
    private let hasOther = Mutex(false)

    init(_ id: UInt32, _ headers: SPDYHeaders, window: Int?, limit: Int, of session: SPDYSession) {
        self.id = id
        self.headers = headers
        self.session = session
        self.window = SPDYWindow(window)
        input = ByteQueue(limit: limit)
    }

    /// The stream that belongs to it has come as well.
    var isPaired: Bool { hasOther.withLock(\.self) }
    func pair() { hasOther.withLock { $0 = true } }

    /// Returns when there is room for more.
    func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard !isFinished.withLock(\.self) else { throw SPDYError("stream \(id) is closed") }
            let granted = try await window.take(min(rest.count, 32 << 10))
            let count = try await session.window.take(granted)
            // What the session's window has no room for goes back.
            window.grant(granted - count)
            try await session.send(.data(id, isLast: false, Array(rest.prefix(count))))
            rest = rest.dropFirst(count)
        }
    }

    /// Ends the server's side.
    func finish() async throws {
        let isFirst = isFinished.withLock { isFinished in
            defer { isFinished = true }
            return !isFinished
        }
        if isFirst { try await session.send(.data(id, isLast: true, [])) }
    }

    func grant(_ more: Int) { window.grant(more) }
    func speakOfWindows(_ initial: Int) { window.begin(initial) }

    /// The client wants no more of it, or has gone.
    func abort() {
        isFinished.withLock { $0 = true }
        input.finish()
        window.close()
    }
}

/// How much may be sent before the other side must say that it has taken it.
///
/// Many clients, `spdystream` in Go with them, never say so: who has not spoken of windows has none.
final class SPDYWindow: Sendable {
    private struct State {
        /// `nil`: there is none.
        var room: Int?
        /// What was sent before there was one.
        var sent = 0
        var isClosed = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ room: Int?) { state = Mutex(State(room: room)) }

    /// How much of `wish` may be sent now: at least one byte, waited for.
    func take(_ wish: Int) async throws -> Int {
        while true {
            let taken: Int? = try state.withLock { state in
                if state.isClosed { throw SPDYError("the stream is closed") }
                guard let room = state.room else {
                    state.sent += wish
                    return wish
                }
                guard room > 0 else { return nil }
                let count = min(room, wish)
                state.room = room - count
                return count
            }
            if let taken { return taken }
            try Task.checkCancellation()
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isClosed || state.room.map({ $0 > 0 }) ?? true || Task.isCancelled { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    func grant(_ more: Int) {
        state.withLock { state in
            // Source: the draft, 2.6.8: no window is larger.
            if let room = state.room { state.room = min(room + more, Int(Int32.max)) }
        }
        wake()
    }

    /// From now on there is one, if there was none.
    func begin(_ room: Int) { state.withLock { $0.room = $0.room ?? room - $0.sent } }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    private func wake() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// What was taken of a window and not told yet.
final class SPDYTaken: Sendable {
    private let count = Mutex(0)

    /// How much to tell now, if it is worth a frame.
    func add(_ more: Int) -> UInt32? {
        count.withLock { count in
            count += more
            guard count >= 16 << 10 else { return nil }
            defer { count = 0 }
            return UInt32(count)
        }
    }
}
