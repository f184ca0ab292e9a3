/// Lets so many things happen a second on the average, and a burst at once. Whoever comes too early is refused.
///
/// Source: facts of kubelet, §7.2; `golang.org/x/time/rate`: a full bucket at first, filled up continuously.
package struct TokenBucket: Equatable, Sendable {
    private let rate: Int
    private let burst: Int
    private var tokens: Double
    private var filled: ContinuousClock.Instant?

    /// `rate` of 0: everything is let through.
    package init(rate: Int, burst: Int) {
        self.rate = rate
        self.burst = burst
        tokens = Double(burst)
    }

    /// Takes a token if there is one.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard rate > 0 else { return true }
        if let filled, now > filled {
            tokens = min(Double(burst), tokens + filled.duration(to: now) / .seconds(1) * Double(rate))
        }
        filled = max(filled ?? now, now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
