package import Cgroups

extension UnitProperty {
    /// What systemd must know of a group's settings: else it would write its own values over them at its next reload.
    ///
    /// What systemd has no property for stands in the group's files alone, and it leaves that alone.
    ///
    /// Source: `systemd.resource-control(5)`; opencontainers/cgroups, `genV2ResourcesProperties`.
    package static func properties(for settings: CgroupSettings) -> [UnitProperty] {
        var properties: [UnitProperty] = []
        for file in Set(settings.settings.map(\.file)).sorted() {
            guard let value = settings[file] else { continue }
            properties += self.properties(file, value, settings)
        }
        return properties
    }

    private static let amounts = [
        "memory.high": "MemoryHigh", "memory.low": "MemoryLow", "memory.max": "MemoryMax", "memory.min": "MemoryMin",
        "memory.swap.max": "MemorySwapMax", "memory.zswap.max": "MemoryZSwapMax", "pids.max": "TasksMax",
    ]

    private static func properties(_ file: String, _ value: String, _ settings: CgroupSettings) -> [UnitProperty] {
        if let name = amounts[file] {
            guard let amount = try? Limit(parsing: value, file: file) else { return [] }
            return [UnitProperty(name, .uint64(amount.busValue))]
        }
        switch file {
        case "cpu.idle":
            // Source: systemd.resource-control(5): a weight of "idle", 0 on the bus, systemd 252.
            return value == "1" ? [UnitProperty("CPUWeight", .uint64(0))] : []
        case "cpu.weight":
            guard settings["cpu.idle"] != "1", let weight = UInt64(value) else { return [] }
            return [UnitProperty("CPUWeight", .uint64(weight))]
        case "cpu.max":
            guard let quota = try? CPUQuota(parsing: value) else { return [] }
            return [
                UnitProperty("CPUQuotaPeriodUSec", .uint64(quota.period)),
                UnitProperty("CPUQuotaPerSecUSec", .uint64(quota.perSecond)),
            ]
        case "cpuset.cpus", "cpuset.mems":
            guard let list = try? NumberList(parsing: value) else { return [] }
            let name = file == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes"
            return [UnitProperty(name, .bytes(list.bits))]
        case "io.weight":
            guard let weight = UInt64(value) else { return [] }
            return [UnitProperty("IOWeight", .uint64(weight))]
        case "memory.oom.group":
            // Only at the start, and with a unit that systemd ends itself: the file does what is meant.
            return [UnitProperty("OOMPolicy", .string(value == "1" ? "kill" : "continue"))]
        default: return []
        }
    }

    /// Which devices systemd lets through: at least those of the rules. Our own program in the group is exact.
    ///
    /// Source: `systemd.resource-control(5)`, DevicePolicy and DeviceAllow; opencontainers/cgroups,
    /// `generateDeviceProperties`. A major number stands for its group of devices since systemd 240.
    package static func properties(for rules: [DeviceRule]) -> [UnitProperty] {
        let rules = DeviceRule.normalised(rules)
        if rules[0].allow {
            return [UnitProperty("DevicePolicy", .string("auto")), UnitProperty("DeviceAllow", .array(of: "(ss)", []))]
        }
        let allowed = rules.dropFirst().filter(\.allow).flatMap { rule -> [BusValue] in
            let kinds = rule.kind == .all ? ["block", "char"] : [rule.kind == .block ? "block" : "char"]
            let letters = [("r", DeviceRule.Access.read), ("w", .write), ("m", .makeNode)]
                .filter { rule.access.contains($0.1) }.map(\.0).joined()
            return kinds.map { kind in
                let place =
                    switch (rule.major, rule.minor) {
                    case (let major?, let minor?): "/dev/\(kind)/\(major):\(minor)"
                    case (let major?, nil): "\(kind)-\(major)"
                    case (nil, _): "\(kind)-*"
                    }
                return .structure([.string(place), .string(letters)])
            }
        }
        return [
            UnitProperty("DevicePolicy", .string("strict")), UnitProperty("DeviceAllow", .array(of: "(ss)", allowed)),
        ]
    }
}

extension Limit {
    /// Systemd's infinity is the largest number.
    var busValue: UInt64 {
        switch self {
        case .unlimited: .max
        case .at(let value): value
        }
    }
}

extension CPUQuota {
    /// Microseconds in each second, upwards to whole percents: systemd knows no less, and the file is exact.
    ///
    /// Source: opencontainers/cgroups, `addCPUQuota`.
    var perSecond: UInt64 {
        guard let quota, period > 0 else { return .max }
        let (product, overflow) = quota.multipliedReportingOverflow(by: 1_000_000)
        if overflow { return .max }
        let perSecond = product / period
        let (rounded, tooLarge) = perSecond.addingReportingOverflow(9999)
        return tooLarge ? .max : rounded / 10_000 * 10_000
    }
}

extension NumberList {
    /// One bit a number, the lowest first.
    var bits: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (numbers.max() ?? -1) / 8 + 1)
        for number in numbers { bytes[number / 8] |= 1 << UInt8(number % 8) }
        return bytes
    }
}
