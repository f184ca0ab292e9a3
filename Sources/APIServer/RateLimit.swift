/// So many at once, and so many a second after that: a bucket that fills itself with tokens.
package struct RateLimit: Equatable, Sendable {
    private let rate: Double
    private let burst: Double
    private var tokens: Double
    private var filled: ContinuousClock.Instant?

    /// - Parameters:
    ///   - rate: tokens a second; zero or less: no limit.
    ///   - burst: how many there are at most.
    package init(rate: Double, burst: Double) {
        self.rate = rate
        self.burst = max(1, burst)
        tokens = self.burst
    }

    /// Takes a token, and tells how long whoever takes it has to wait first.
    package mutating func reserve(at now: ContinuousClock.Instant) -> Duration {
        guard rate > 0 else { return .zero }
        fill(now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / rate)
    }

    /// Takes a token if there is one.
    package mutating func take(at now: ContinuousClock.Instant) -> Bool {
        guard rate > 0 else { return true }
        fill(now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    private mutating func fill(_ now: ContinuousClock.Instant) {
        if let filled { tokens = min(burst, tokens + filled.duration(to: now) / .seconds(1) * rate) }
        filled = now
    }
}

/// How long to wait before trying again: longer each time, and not all nodes at once.
package struct Backoff: Equatable, Sendable {
    private let first: Duration
    private let longest: Duration
    private var next: Duration

    package init(from first: Duration, to longest: Duration) {
        (self.first, self.longest, next) = (first, longest, first)
    }

    /// From half to one and a half of the step.
    package mutating func pause() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * Double.random(in: 0.5...1.5)
    }

    package mutating func reset() { next = first }
}
