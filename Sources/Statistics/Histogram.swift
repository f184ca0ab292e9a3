/// How often values were at most as big as each of some bounds.
package struct Histogram: Equatable, Sendable {
    package let bounds: [Double]
    /// Of each bound on its own; one more for what is bigger than all.
    private var counts: [UInt64]
    package private(set) var sum = 0.0

    package init(_ bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }

    package var count: UInt64 { counts.reduce(0, +) }

    /// Each bucket holds those before it too.
    func samples(_ labels: Labels) -> [MetricFamily.Sample] {
        var samples: [MetricFamily.Sample] = []
        var total: UInt64 = 0
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            samples.append(
                .init(suffix: "_bucket", labels: labels.adding("le", numberText(bound)), value: Double(total)))
        }
        samples.append(.init(suffix: "_sum", labels: labels, value: sum))
        samples.append(.init(suffix: "_count", labels: labels, value: Double(total)))
        return samples
    }
}
