/// What has happened since the agent was started.
package struct Counters: Equatable, Sendable {
    private var counts: [CountedMetric: [Labels: Double]] = [:]
    private var histograms: [CountedMetric: [Labels: Histogram]] = [:]

    package init() {
        for metric in CountedMetric.allCases where metric.isAlwaysTold { counts[metric] = [Labels(): 0] }
    }

    package mutating func count(_ metric: CountedMetric, _ labels: Labels = Labels()) { add(metric, 1, labels) }

    /// - Parameter difference: below zero only of a gauge.
    package mutating func add(_ metric: CountedMetric, _ difference: Double, _ labels: Labels = Labels()) {
        counts[metric, default: [:]][labels, default: 0] += difference
    }

    package mutating func set(_ metric: CountedMetric, _ value: Double, _ labels: Labels = Labels()) {
        counts[metric, default: [:]][labels] = value
    }

    package mutating func observe(_ metric: CountedMetric, _ value: Double, _ labels: Labels = Labels()) {
        histograms[metric, default: [:]][labels, default: Histogram(metric.bounds ?? [])].observe(value)
    }

    package mutating func observe(_ metric: CountedMetric, _ duration: Duration, _ labels: Labels = Labels()) {
        observe(metric, duration / .seconds(1), labels)
    }

    /// Forgets what was counted of something that is gone.
    package mutating func forget(_ metrics: [CountedMetric], where isGone: (Labels) -> Bool) {
        for metric in metrics {
            counts[metric] = counts[metric]?.filter { !isGone($0.key) }
            histograms[metric] = histograms[metric]?.filter { !isGone($0.key) }
        }
    }

    package func families(_ metrics: [CountedMetric] = CountedMetric.allCases) -> [MetricFamily] {
        metrics.map { metric in
            guard metric.bounds != nil else {
                let values = (counts[metric] ?? [:]).sorted { $0.key.text < $1.key.text }
                return MetricFamily(
                    metric.rawValue, metric.kind, metric.help,
                    values.map { .init(labels: $0.key, value: $0.value) })
            }
            let values = (histograms[metric] ?? [:]).sorted { $0.key.text < $1.key.text }
            return MetricFamily(
                metric.rawValue, .histogram, metric.help, values.flatMap { $0.value.samples($0.key) })
        }
    }
}
