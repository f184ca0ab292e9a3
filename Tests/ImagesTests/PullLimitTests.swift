import Images
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The gate of pulls` {
    private final class Counter: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }
        func enter() { counts.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test(arguments: [1, 3]) func `lets so many in at once`(parallel: Int) async throws {
        let gate = PullGate()
        await gate.limit(PullLimits(parallel: parallel))
        let counter = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try await gate.pass {
                        counter.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        counter.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(counter.most == parallel)
    }

    @Test func `refuses what comes too fast, in the kubelet's words`() async throws {
        let gate = PullGate()
        await gate.limit(PullLimits(rate: 1, burst: 1))
        try await gate.pass {}
        await #expect(throws: PullRefused()) { try await gate.pass {} }
        #expect("\(PullRefused())" == "pull QPS exceeded")
        await gate.limit(PullLimits())
        for _ in 0..<10 { try await gate.pass {} }
    }

    @Test func `gives a turn on that nobody waits for any more`() async throws {
        let gate = PullGate()
        await gate.limit(PullLimits(parallel: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            try await gate.pass {
                for _ in 0..<5 { group.addTask { try? await gate.pass { try await Task.sleep(for: .seconds(60)) } } }
                try await Task.sleep(for: .milliseconds(20))
                group.cancelAll()
            }
            try await group.waitForAll()
        }
        try await gate.pass {}
    }
}
