/// Lets so many things happen a second on the average, and a burst at once: pulls, events, questions to the API server.
///
/// Source: `golang.org/x/time/rate`, which the kubelet's limits go by: a full bucket at first, filled up continuously.
package struct TokenBucket: Equatable, Sendable {
    /// A second.
    private let rate: Double
    private let burst: Int
    private var tokens: Double
    private var filled: ContinuousClock.Instant?

    /// `rate`, a second, of 0: everything is let through.
    package init(rate: Double, burst: Int) {
        self.rate = rate
        self.burst = burst
        tokens = Double(burst)
    }

    /// Takes a token if there is one. Whoever comes too early is refused.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard rate > 0 else { return true }
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Takes a token that may yet have to come, and tells how long that takes.
    package mutating func reserve(at now: ContinuousClock.Instant) -> Duration {
        guard rate > 0 else { return .zero }
        fill(now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }

    private mutating func fill(_ now: ContinuousClock.Instant) {
        if let filled, now > filled {
            tokens = min(Double(burst), tokens + filled.duration(to: now) / .seconds(1) * rate)
        }
        filled = max(filled ?? now, now)
    }
}
