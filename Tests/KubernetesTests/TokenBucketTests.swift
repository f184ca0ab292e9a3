import Kubernetes
import Testing

@Suite struct `A token bucket` {
    private let start = ContinuousClock.now

    /// Moments in milliseconds at which a token is asked for, and what comes of it.
    @Test(arguments: [
        (0, 0, [0, 0, 0, 0], [true, true, true, true]),
        (1, 2, [0, 0, 0, 500, 1000, 1000], [true, true, false, false, true, false]),
        (5, 1, [0, 100, 200, 250, 400], [true, false, true, false, true]),
        (5, 0, [0, 1000], [false, false]),
        (1, 2, [0, 0, 60_000, 60_000, 60_000], [true, true, true, true, false]),
        (1, 1, [1000, 0, 0], [true, false, false]),
    ])
    func `lets through as many as it was told`(rate: Double, burst: Int, moments: [Int], results: [Bool]) {
        var bucket = TokenBucket(rate: rate, burst: burst)
        #expect(moments.map { bucket.take(at: start + .milliseconds($0)) } == results)
    }

    @Test func `says how long a token takes that is yet to come`() {
        var bucket = TokenBucket(rate: 10, burst: 2)
        let pauses = [0, 0, 0, 0, 1000].map { bucket.reserve(at: start + .milliseconds($0)) }
        #expect(pauses == [.zero, .zero, .milliseconds(100), .milliseconds(200), .zero])
    }
}
