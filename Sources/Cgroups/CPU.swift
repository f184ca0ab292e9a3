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
    package var milliCPU: Int64 {
        value <= Self.min.value ? 0 : Int64((Swift.min(value, Self.max.value) * 1000 + 1023) / 1024)
    }

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
    package init(weight: UInt64) { value = (Swift.min(Swift.max(weight, 1), 10_000) - 1) * 262_142 / 9999 + 2 }
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

extension CgroupSettings {
    /// `cpu.weight`, unless the group is to have only what nobody else wants, `cpu.idle`: then the kernel refuses a
    /// weight (`EINVAL`).
    ///
    /// Source: kernel/sched/fair.c, `sched_group_set_shares`; `cpu.idle` is of Linux 5.15.
    package mutating func appendCPUWeight(_ weight: UInt64?, idle: Bool?) {
        if let idle { append(.init(.cpu, "cpu.idle", idle ? "1" : "0", isDefault: !idle)) }
        if let weight, idle != true { append(.init(.cpu, "cpu.weight", "\(weight)", isDefault: weight == 100)) }
    }

    /// `cpu.max`, then how much of unused time may be saved up, in microseconds: never more than the quota.
    ///
    /// Source: `cpu.max.burst`, Linux 5.14.
    package mutating func appendCPUQuota(_ quota: CPUQuota?, burst: UInt64?) {
        if let quota { append(.init(.cpu, "cpu.max", "\(quota)", isDefault: quota.quota == nil)) }
        if let burst { append(.init(.cpu, "cpu.max.burst", "\(burst)", isDefault: burst == 0)) }
    }
}
