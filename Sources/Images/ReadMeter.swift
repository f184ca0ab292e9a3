/// Adds up what was read of an archive, and tells it on, ten times a second at most.
struct ReadMeter {
    private let total: Int64
    private let report: (@Sendable (PullProgress) -> Void)?
    private var received: Int64 = 0
    private var lastReport: ContinuousClock.Instant?

    init(total: Int64, report: (@Sendable (PullProgress) -> Void)?) {
        self.total = total
        self.report = report
    }

    mutating func read(_ count: Int) {
        received += Int64(count)
        let now = ContinuousClock.now
        // The end is told in any case.
        if count > 0, let lastReport, now - lastReport < .milliseconds(100) { return }
        lastReport = now
        report?(PullProgress(phase: .reading, receivedBytes: received, totalBytes: total))
    }
}
