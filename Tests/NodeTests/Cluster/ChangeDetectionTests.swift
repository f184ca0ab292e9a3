import Testing

@testable import Node

@Suite struct `What was read of the cluster` {
    /// When it was read, since when its pod refers to it (-1: no pod starts), when it is needed; whether it will do.
    @Test(arguments: [
        (ChangeDetection.watch, 0, 5, 1000, true),
        (.cache, 0, -1, 59, true), (.cache, 0, -1, 60, false), (.cache, 10, 5, 20, true), (.cache, 10, 15, 20, false),
        (.get, 10, -1, 10, true), (.get, 10, -1, 11, false), (.get, 10, 5, 11, false),
    ])
    func `will do or not as the strategy says`(
        strategy: ChangeDetection, read: Int, referred: Int, needed: Int, suffices: Bool
    ) {
        let origin = ContinuousClock.now
        func at(_ second: Int) -> ContinuousClock.Instant { origin.advanced(by: .seconds(second)) }
        #expect(
            strategy.suffices(
                readAt: at(read), referred: referred < 0 ? nil : at(referred), needed: at(needed),
                lifetime: .seconds(60)) == suffices)
        #expect(
            ChangeDetection.cache.suffices(readAt: at(0), referred: nil, needed: at(0), lifetime: .zero) == false)
    }
}
