package import Cgroups
package import OCI

/// A limit of a container that cgroup v2 does not have, or a value that cannot be meant.
package struct UnsupportedResource: Error, Equatable, CustomStringConvertible {
    /// As `config.json` names it, e.g. `memory.disableOOMKiller`.
    package let field: String
    package let reason: String

    init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }

    package var description: String { "linux.resources.\(field): \(reason)" }
}

extension CgroupSettings {
    /// The files of cgroup v2 for a container's limits, which are named after cgroup v1.
    ///
    /// The order is runc's: pids, memory, io, cpu, cpuset, hugetlb, rdma; last `unified`, which so has the last word.
    /// Devices are no file: ``DeviceRule/rules(for:)``.
    ///
    /// Source: the OCI runtime specification 1.3, config-linux.md, "Control groups"; facts of OCI runtime, §3.
    package init(_ resources: RuntimeSpec.Resources, controllers: Set<String>? = nil) throws {
        self.init()
        if let network = resources.network, (network.classID ?? 0) != 0 || network.priorities?.isEmpty == false {
            throw UnsupportedResource("network", "cgroup v2 does not classify packets")
        }
        if let limit = resources.pids?.limit { append(.pids(limit: limit)) }
        if let memory = resources.memory { append(try CgroupSettings(memory)) }
        if let io = resources.blockIO { append(try CgroupSettings(io)) }
        if let cpu = resources.cpu { append(try CgroupSettings(cpu)) }
        for limit in resources.hugepageLimits ?? [] { append(try .hugePages(limit)) }
        for (device, limit) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
            append(.rdma(device: device, handles: limit.hcaHandles, objects: limit.hcaObjects))
        }
        append(try CgroupSettings(unified: resources.unified ?? [:], available: controllers))
    }

    private init(_ memory: RuntimeSpec.Memory) throws {
        self.init()
        if memory.disableOOMKiller == true {
            throw UnsupportedResource("memory.disableOOMKiller", "cgroup v2 has no way to switch the killer off")
        }
        keepsMemoryInUse = memory.checkBeforeUpdate == true
        let swap = try Limit.swap(memory)
        if let limit = try Limit(signed: memory.limit, "memory.limit") {
            append(.init(.memory, "memory.max", "\(limit)", isDefault: limit == .unlimited))
        }
        // Without accounting of swap there is no such file: no limit is then no loss, and none at all cannot be had.
        if let swap {
            append(.init(.memory, "memory.swap.max", "\(swap)", isDefault: swap == .unlimited || swap == .at(0)))
        }
        if let low = try Limit(signed: memory.reservation, "memory.reservation") {
            append(.init(.memory, "memory.low", "\(low)"))
        }
    }

    private init(_ cpu: RuntimeSpec.CPU) throws {
        self.init()
        if (cpu.realtimeRuntime ?? 0) != 0 || (cpu.realtimePeriod ?? 0) != 0 {
            throw UnsupportedResource("cpu.realtimeRuntime", "cgroup v2 does not limit real-time scheduling")
        }
        if let idle = cpu.idle, idle != 0 && idle != 1 {
            throw UnsupportedResource("cpu.idle", "\(idle) is neither 0 nor 1")
        }
        appendCPUWeight(cpu.shares.flatMap { CPUShares($0).containerWeight }, idle: cpu.idle.map { $0 == 1 })
        appendCPUQuota(CPUQuota(cpu), burst: cpu.burst)
        for (file, list) in [("cpus", cpu.cpus), ("mems", cpu.mems)] {
            guard let list, !list.isEmpty else { continue }
            guard (try? NumberList(parsing: list)) != nil else {
                throw UnsupportedResource("cpu.\(file)", "\"\(list)\" is not a list such as 0-3,8")
            }
            append(.init(.cpuset, "cpuset.\(file)", list))
        }
    }

    private static func hugePages(_ limit: RuntimeSpec.HugepageLimit) throws -> CgroupSettings {
        guard let size = HugePageSize(limit.pageSize), size.kernelName == limit.pageSize else {
            throw UnsupportedResource("hugepageLimits", "\"\(limit.pageSize)\" is not a size such as 64KB, 2MB or 1GB")
        }
        return .hugePages([size: limit.limit], sizes: [size])
    }

    /// What of the limits has no effect on cgroup v2 and takes nothing from the container when left out.
    package static func ignored(in resources: RuntimeSpec.Resources) -> [String] {
        guard let memory = resources.memory else { return [] }
        let given = [
            ("memory.kernel", (memory.kernel ?? 0) != 0), ("memory.kernelTCP", (memory.kernelTCP ?? 0) != 0),
            ("memory.swappiness", memory.swappiness != nil),
        ]
        return given.filter(\.1).map { "linux.resources.\($0.0) has no effect on cgroup v2" }
    }
}

extension CgroupSettings.Setting {
    /// -1 and what else is below nothing is no limit. 0 would forbid the container's own process: it is taken as 1.
    ///
    /// Source: opencontainers/cgroups, `fs2/pids.go`.
    static func pids(limit: Int64) -> Self {
        Self(.pids, "pids.max", limit < 0 ? "max" : "\(max(limit, 1))", isDefault: limit < 0)
    }
}

extension CPUQuota {
    /// `nil` when neither is given. Only a period means no quota in it; only a quota, the usual period.
    init?(_ cpu: RuntimeSpec.CPU) {
        let (quota, period) = (cpu.quota ?? 0, cpu.period ?? 0)
        if quota == 0 && period == 0 { return nil }
        self.init(quota: quota > 0 ? UInt64(quota) : nil, period: period == 0 ? Self.defaultPeriod : period)
    }
}

extension Limit {
    /// 0 and absent leave the file as it is, -1 lifts the limit. Source: opencontainers/cgroups, `numToStr`.
    init?(signed value: Int64?, _ field: String) throws(UnsupportedResource) {
        guard let value, value != 0 else { return nil }
        if value < -1 { throw UnsupportedResource(field, "\(value) is not an amount") }
        self = value == -1 ? .unlimited : .at(UInt64(value))
    }

    /// Of swap alone, where the specification counts memory with it.
    ///
    /// Source: opencontainers/cgroups, `ConvertMemorySwapToCgroupV2Value`.
    static func swap(_ memory: RuntimeSpec.Memory) throws(UnsupportedResource) -> Limit? {
        let (limit, both) = (memory.limit ?? 0, memory.swap ?? 0)
        switch (limit, both) {
        case (-1, 0), (_, -1): return .unlimited
        case (_, 0): return nil
        case (_, ..<0): throw UnsupportedResource("memory.swap", "\(both) is not an amount")
        case (-1, _): return .at(UInt64(both))
        case (0, _): throw UnsupportedResource("memory.swap", "counts memory as well, so memory.limit is needed")
        case (..<0, _): throw UnsupportedResource("memory.limit", "\(limit) is not an amount")
        case (_, ..<limit):
            throw UnsupportedResource("memory.swap", "\(both) counts memory as well: not below \(limit)")
        default: return .at(UInt64(both - limit))
        }
    }
}
