import Kubernetes

/// How many images may be pulled for pods, at once and a second. Source: facts of kubelet, §7.2.
package struct PullLimits: Equatable, Sendable {
    /// At once; `nil`: as many as are wanted. Others wait in order.
    package var parallel: Int?
    /// A second; 0: as many as are wanted. Others are refused.
    package var rate = 0
    package var burst = 0

    package init(parallel: Int? = nil, rate: Int = 0, burst: Int = 0) {
        self.parallel = parallel
        self.rate = rate
        self.burst = burst
    }
}

/// Lets the pulls of pods through as ``PullLimits`` says; what a person orders does not come here.
package actor PullGate {
    private struct Waiter {
        let id: Int
        let bell: AsyncStream<Void>.Continuation
    }

    private var limits = PullLimits()
    private var bucket = TokenBucket(rate: 0, burst: 0)
    private var inside = 0
    private var waiters: [Waiter] = []
    private var nextID = 0

    package init() {}

    /// From now on these hold. Pulls under way go on.
    package func limit(_ new: PullLimits) {
        if new.rate != limits.rate || new.burst != limits.burst {
            bucket = TokenBucket(rate: Double(new.rate), burst: new.burst)
        }
        limits = new
        admitWaiters()
    }

    /// Runs `body` when its turn has come. Throws ``PullRefused`` if there were too many pulls lately.
    package nonisolated(nonsending) func pass<R>(_ body: () async throws -> R) async throws -> R {
        try await enter()
        do {
            let result = try await body()
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private func enter() async throws {
        try await takeTurn()
        // Behind the queue, as the kubelet does it: who waits long is not counted early.
        guard bucket.take(at: .now) else {
            leave()
            throw PullRefused()
        }
    }

    private func takeTurn() async throws {
        if waiters.isEmpty, inside < limits.parallel ?? .max {
            inside += 1
            return
        }
        nextID += 1
        let id = nextID
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waiters.append(Waiter(id: id, bell: bell))
        for await _ in stream { break }
        guard Task.isCancelled else { return }
        // The turn may have come at the very moment of giving up: then it is handed on.
        let count = waiters.count
        waiters.removeAll { $0.id == id }
        if waiters.count == count { leave() }
        throw CancellationError()
    }

    private func leave() {
        inside -= 1
        admitWaiters()
    }

    private func admitWaiters() {
        while !waiters.isEmpty, inside < limits.parallel ?? .max {
            inside += 1
            waiters.removeFirst().bell.yield()
        }
    }
}

/// There were more pulls than the node's configuration allows.
package struct PullRefused: Error, Equatable, CustomStringConvertible {
    package init() {}
    /// Source: kubernetes `pkg/kubelet/images/helpers.go`.
    package var description: String { "pull QPS exceeded" }
}
