import Linux

/// The older measure of a group's part in the processors: 1024 for one CPU, 2 the least.
///
/// Source: cgroup v1 `cpu.shares`; Kubernetes and the OCI specification still count so.
package struct CPUShares: Equatable, Comparable, Sendable {
    package var value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package static let min = CPUShares(2)
    package static let max = CPUShares(262_144)

    package static func < (one: Self, other: Self) -> Bool { one.value < other.value }

    /// Shares for an amount in thousandths of a CPU.
    ///
    /// Source: kubelet, `MilliCPUToShares`.
    package init(milliCPU: Int64) {
        guard milliCPU > 0 else {
            self = .min
            return
        }
        let (product, overflow) = milliCPU.multipliedReportingOverflow(by: 1024)
        let shares = overflow ? Self.max.value : UInt64(product / 1000)
        self = Swift.min(Swift.max(CPUShares(shares), .min), .max)
    }

    /// The amount in thousandths of a CPU that these shares were made of, rounded up.
    package var milliCPU: Int64 { value <= Self.min.value ? 0 : Int64((value * 1000 + 1023) / 1024) }

    /// `cpu.weight` of a group that holds pods: a straight line from 2…262144 to 1…10000.
    ///
    /// Source: kubelet, `cpuSharesToCPUWeight` of its own cgroups.
    package var linearWeight: UInt64 {
        if value >= Self.max.value { return 10_000 }
        return 1 + (Swift.max(value, 2) - 2) * 9999 / 262_142
    }

    /// `cpu.weight` of a container: a curve that maps 2, 1024 and 262144 to 1, 100 and 10000; `nil` for 0, not set.
    ///
    /// Source: opencontainers/cgroups 0.0.6 and crun 1.23, `ConvertCPUSharesToCgroupV2Value`.
    package var containerWeight: UInt64? {
        if value == 0 { return nil }
        if value <= 2 { return 1 }
        if value >= Self.max.value { return 10_000 }
        let l = binaryLogarithm(Double(value))
        let exponent = (l * l + 125 * l) / 612 - 7.0 / 34
        return UInt64(powerOfTen(exponent).rounded(.up))
    }

    /// Shares for a `cpu.weight` read back.
    package init(weight: UInt64) { value = (Swift.max(weight, 1) - 1) * 262_142 / 9999 + 2 }
}

/// How long a group may run in each period: `cpu.max`, in microseconds.
package struct CPUQuota: Equatable, Sendable, CustomStringConvertible {
    /// `nil`: no limit.
    package var quota: UInt64?
    package var period: UInt64

    package static let defaultPeriod: UInt64 = 100_000
    /// Source: the kernel's `min_cfs_quota_period`, 1 ms.
    package static let minimum: UInt64 = 1000

    package init(quota: UInt64?, period: UInt64 = defaultPeriod) {
        self.quota = quota
        self.period = period
    }

    /// The quota for a limit in thousandths of a CPU; 0 is no limit.
    ///
    /// Source: kubelet, `MilliCPUToQuota`.
    package init(milliCPU: Int64, period: UInt64 = defaultPeriod) {
        self.period = period
        let (product, overflow) = UInt64(Swift.max(milliCPU, 0)).multipliedReportingOverflow(by: period)
        quota = milliCPU <= 0 || overflow ? nil : Swift.max(product / 1000, Self.minimum)
    }

    /// Reads `cpu.max`.
    package init(parsing text: some StringProtocol) throws(ParseError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let period = UInt64(words[1]) else {
            throw ParseError(file: "cpu.max", line: String(text))
        }
        self.period = period
        quota = words[0] == "max" ? nil : try number(words[0], file: "cpu.max")
    }

    package var description: String { "\(quota.map { "\($0)" } ?? "max") \(period)" }
}

/// Processor time that a group has used, and how often it was held back: `cpu.stat`. Times are microseconds.
package struct CPUStatistics: Equatable, Sendable {
    package var usage: UInt64 = 0
    package var user: UInt64 = 0
    package var system: UInt64 = 0
    package var periods: UInt64 = 0
    package var throttledPeriods: UInt64 = 0
    package var throttled: UInt64 = 0

    package init() {}

    package init(parsing text: some StringProtocol) throws(ParseError) {
        let values = try flatKeyed(text, file: "cpu.stat")
        usage = values["usage_usec"] ?? 0
        user = values["user_usec"] ?? 0
        system = values["system_usec"] ?? 0
        periods = values["nr_periods"] ?? 0
        throttledPeriods = values["nr_throttled"] ?? 0
        throttled = values["throttled_usec"] ?? 0
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
