/// Processor time that a group has used, and how often it was held back: `cpu.stat`. Times are microseconds.
package struct CPUStatistics: Equatable, Sendable {
    package var usage: UInt64 = 0
    package var user: UInt64 = 0
    package var system: UInt64 = 0
    package var periods: UInt64 = 0
    package var throttledPeriods: UInt64 = 0
    package var throttled: UInt64 = 0
    /// Part of the user's time that was spent at a nice level above 0. Linux 6.11.
    package var nice: UInt64 = 0
    /// Periods in which saved-up time was used, and how much of it.
    package var bursts: UInt64 = 0
    package var burst: UInt64 = 0

    package init() {}

    package init(parsing text: some StringProtocol) throws(ParseError) {
        let values = try flatKeyed(text, file: "cpu.stat")
        usage = values["usage_usec"] ?? 0
        user = values["user_usec"] ?? 0
        system = values["system_usec"] ?? 0
        periods = values["nr_periods"] ?? 0
        throttledPeriods = values["nr_throttled"] ?? 0
        throttled = values["throttled_usec"] ?? 0
        nice = values["nice_usec"] ?? 0
        bursts = values["nr_bursts"] ?? 0
        burst = values["burst_usec"] ?? 0
    }
}

extension Cgroup {
    /// Every group has the usage; the other counts come with the controller.
    package func cpuStatistics() throws -> CPUStatistics { try CPUStatistics(parsing: read("cpu.stat")) }

    package func cpuQuota() throws -> CPUQuota? {
        try read("cpu.max", ifExists: true).map { try CPUQuota(parsing: $0) }
    }

    package func cpuWeight() throws -> UInt64? {
        try read("cpu.weight", ifExists: true).map { try number($0, file: "cpu.weight") }
    }
}
