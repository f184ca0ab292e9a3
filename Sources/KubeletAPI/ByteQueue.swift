import Synchronization

/// Bytes on their way from the task that reads a connection to the one that takes them: about so many at most.
///
/// One task puts in and one takes out.
final class ByteQueue: Sendable {
    private struct State {
        var pieces: [[UInt8]] = []
        var count = 0
        var isFinished = false
        /// Nobody takes any more: what is put in is dropped.
        var isAbandoned = false
        var taker: CheckedContinuation<[UInt8]?, Never>?
        var putter: CheckedContinuation<Void, Never>?
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int = 256 << 10) { self.limit = limit }

    /// Returns when there is room for more.
    func put(_ bytes: [UInt8]) async {
        if bytes.isEmpty { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (taker, isRoom) = state.withLock { state -> (CheckedContinuation<[UInt8]?, Never>?, Bool) in
                    if state.isAbandoned || state.isFinished || Task.isCancelled { return (nil, true) }
                    if let taker = state.taker {
                        state.taker = nil
                        return (taker, true)
                    }
                    state.pieces.append(bytes)
                    state.count += bytes.count
                    if state.count < limit { return (nil, true) }
                    state.putter = continuation
                    return (nil, false)
                }
                taker?.resume(returning: bytes)
                if isRoom { continuation.resume() }
            }
        } onCancel: {
            release()
        }
    }

    private static func joined(_ pieces: [[UInt8]], _ count: Int) -> [UInt8] {
        if pieces.count == 1 { return pieces[0] }
        var all: [UInt8] = []
        all.reserveCapacity(count)
        for piece in pieces { all += piece }
        return all
    }

    /// All there is; `nil` at the end, or when the task is cancelled.
    func take() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, putter) = state.withLock { state -> ([UInt8]??, CheckedContinuation<Void, Never>?) in
                    if !state.pieces.isEmpty {
                        let all = Self.joined(state.pieces, state.count)
                        (state.pieces, state.count) = ([], 0)
                        defer { state.putter = nil }
                        return (.some(all), state.putter)
                    }
                    if state.isFinished || state.isAbandoned || Task.isCancelled { return (.some(nil), nil) }
                    state.taker = continuation
                    return (nil, nil)
                }
                putter?.resume()
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.taker = nil }
                return state.taker
            }?.resume(returning: nil)
        }
    }

    /// Nothing comes after what is there.
    func finish() {
        state.withLock { state in
            state.isFinished = true
            defer { state.taker = nil }
            return state.taker
        }?.resume(returning: nil)
    }

    /// Nobody takes what is there, or what comes.
    func abandon() {
        state.withLock { state in
            (state.pieces, state.count, state.isAbandoned) = ([], 0, true)
        }
        finish()
        release()
    }

    private func release() {
        state.withLock { state in
            defer { state.putter = nil }
            return state.putter
        }?.resume()
    }
}
