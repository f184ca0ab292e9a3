import Synchronization

/// When something last passed on a connection.
final class Activity: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func note() {
        let now = ContinuousClock.now
        last.withLock { $0 = now }
    }

    /// Ends a connection on which nothing has passed for so long; returns then, or when it is cancelled.
    func close(_ wire: Wire, after limit: Duration) async {
        while true {
            let deadline = last.withLock(\.self) + limit
            if deadline <= .now { return wire.close() }
            guard (try? await Task.sleep(until: deadline, clock: .continuous)) != nil else { return }
        }
    }
}
