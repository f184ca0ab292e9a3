import Linux
import Synchronization
import SystemPackage

/// Tells those who follow logs that something has changed in a directory: one instance of inotify for all of them, of
/// which a user may have 128.
package final class LogWatcher: Sendable {
    private struct State {
        var bells: [Inotify.Watch: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var next: UInt64 = 0
    }

    private let inotify: Inotify
    private let state = Mutex(State())

    package init() throws { inotify = try Inotify() }

    /// Rings for as long as it runs.
    package func run() async {
        while !Task.isCancelled {
            guard let events = try? await inotify.events() else {
                // Whoever waits looks again once a second in any case.
                try? await Task.sleep(for: .seconds(1))
                continue
            }
            let bells = state.withLock { state in
                if events.contains(where: { $0.mask.contains(.overflow) }) {
                    return state.bells.values.flatMap(\.values)
                }
                return Set(events.map(\.watch)).flatMap { state.bells[$0].map { Array($0.values) } ?? [] }
            }
            for bell in bells { bell.yield() }
        }
    }

    fileprivate func subscribe(_ directory: FilePath, _ bell: AsyncStream<Void>.Continuation) throws -> (
        Inotify.Watch, UInt64
    ) {
        try state.withLock { state in
            let watch = try inotify.add(directory, [.modified, .created, .movedTo, .closedAfterWrite])
            state.next += 1
            state.bells[watch, default: [:]][state.next] = bell
            return (watch, state.next)
        }
    }

    fileprivate func unsubscribe(_ watch: Inotify.Watch, _ id: UInt64) {
        state.withLock { state in
            state.bells[watch]?[id] = nil
            guard state.bells[watch]?.isEmpty == true else { return }
            state.bells[watch] = nil
            inotify.remove(watch)
        }
    }
}

/// Waits for something to change in a log directory.
final class LogWatch: Sendable {
    private let watcher: LogWatcher
    private let watch: Inotify.Watch
    private let id: UInt64
    private let rings: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    init(_ directory: FilePath, _ watcher: LogWatcher) throws {
        self.watcher = watcher
        (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (watch, id) = try watcher.subscribe(directory, bell)
    }

    deinit { watcher.unsubscribe(watch, id) }

    /// Returns after `limit` in any case. Cancelled, it is of no more use.
    func change(within limit: Duration) async throws {
        await withTaskGroup(of: Void.self) { group in
            // The timer rings, too: a consumer that is cancelled would end the stream.
            group.addTask { [bell] in if (try? await Task.sleep(for: limit)) != nil { bell.yield() } }
            var rings = rings.makeAsyncIterator()
            _ = await rings.next(isolation: #isolation)
            group.cancelAll()
        }
        try Task.checkCancellation()
    }
}
