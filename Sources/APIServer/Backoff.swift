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
