package import Cgroups
package import Pods

/// Where in the cgroup tree pods are, and what limits them there: the kubelet's hierarchy.
///
/// Source: facts of kubelet, §5.2 and §5.3.
package enum PodCgroup {
    /// Names from the agent's cgroup root downwards: `kubepods`, the class, `pod<uid>`. Guaranteed pods have no class.
    package static func names(qosClass: Pod.QoSClass, id: Pod.ID) -> [String] {
        classNames(qosClass) + ["pod\(id)"]
    }

    /// The group that holds all pods of a class.
    package static func classNames(_ qosClass: Pod.QoSClass) -> [String] {
        switch qosClass {
        case .guaranteed: ["kubepods"]
        case .burstable: ["kubepods", "burstable"]
        case .bestEffort: ["kubepods", "besteffort"]
        }
    }

    /// The same names as systemd's slices, each with its whole path: `kubepods-burstable-pod1_2.slice`.
    ///
    /// Source: systemd.slice(5): `-` divides the levels, so within a name it becomes `_`.
    package static func sliceNames(_ names: [String]) -> [String] {
        let escaped = names.map { name in String(name.map { $0 == "-" ? "_" : $0 }) }
        return escaped.indices.map { escaped[...$0].joined(separator: "-") + ".slice" }
    }
}

/// What of the node's configuration and hardware the limits depend on.
package struct LimitPolicy: Equatable, Sendable {
    /// Whether processor limits are enforced: `cpuCFSQuota`.
    package var enforcesCPULimits = true
    /// In microseconds: `cpuCFSQuotaPeriod`.
    package var cpuPeriod = CPUQuota.defaultPeriod
    /// The most tasks of a pod: `podPidsLimit`; `nil`: no limit of its own.
    package var podPidsLimit: Int64?
    /// Whether out of memory ends one process of a container instead of all: `singleProcessOOMKill`.
    package var killsSingleProcess = false
    /// What the machine has.
    package var hugePageSizes: [HugePageSize] = []

    package init() {}
}

extension PodCgroup {
    /// Limits of a pod's group.
    package static func settings(for pod: Pod, policy: LimitPolicy) -> CgroupSettings {
        var settings = CgroupSettings()
        let requests = PodResources.requests(of: pod)
        let limits = PodResources.limits(of: pod)
        let cpu = pod.qosClass == .bestEffort ? 0 : requests.cpu?.thousandths ?? 0
        settings.append(.init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: cpu).linearWeight)"))
        if policy.enforcesCPULimits, let limit = limits.cpu, limit.thousandths > 0 {
            let quota = CPUQuota(milliCPU: limit.thousandths, period: policy.cpuPeriod)
            settings.append(.init(.cpu, "cpu.max", quota.description))
        }
        if let limit = limits.memory, limit.bytes > 0 {
            settings.append(.init(.memory, "memory.max", "\(limit.bytes)"))
        }
        settings.append(.init(.memory, "memory.swap.max", "0", isDefault: true))
        settings.append(.hugePages(hugePages(requests), sizes: policy.hugePageSizes))
        if let pids = policy.podPidsLimit, pids > 0 { settings.append(.init(.pids, "pids.max", "\(pids)")) }
        return settings
    }

    /// Limits of the group of a class: best-effort pods share what nobody wants, burstable ones have what they request.
    package static func settings(
        forClass qosClass: Pod.QoSClass, pods: [Pod], policy: LimitPolicy
    ) -> CgroupSettings {
        let own = pods.filter { $0.qosClass == qosClass }
        let cpu =
            qosClass == .bestEffort
            ? 0 : own.reduce(Int64(0)) { $0 + (PodResources.requests(of: $1).cpu?.thousandths ?? 0) }
        var settings = CgroupSettings([.init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: cpu).linearWeight)")])
        // Pages are limited in the pods' groups; 2^62 is the kubelet's "no limit".
        let unlimited = Dictionary(uniqueKeysWithValues: policy.hugePageSizes.map { ($0, UInt64(1) << 62) })
        for setting in CgroupSettings.hugePages(unlimited, sizes: policy.hugePageSizes).settings {
            settings.append(.init(setting.controller, setting.file, setting.value, isDefault: true))
        }
        return settings
    }

    /// Limits of the group of all pods: what the node has without what is reserved.
    package static func settings(for limit: NodeResources, policy: LimitPolicy) -> CgroupSettings {
        var settings = CgroupSettings()
        settings.append(.init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: limit.cpu.thousandths).linearWeight)"))
        if limit.memory.bytes > 0 { settings.append(.init(.memory, "memory.max", "\(limit.memory.bytes)")) }
        if let pids = limit.pids, pids > 0 { settings.append(.init(.pids, "pids.max", "\(pids)")) }
        settings.append(
            .hugePages(limit.hugePages.mapValues { UInt64(max(0, $0.bytes)) }, sizes: policy.hugePageSizes))
        return settings
    }

    static func hugePages(_ amounts: ResourceAmounts) -> [HugePageSize: UInt64] {
        var pages: [HugePageSize: UInt64] = [:]
        for (name, amount) in amounts.hugePages {
            if let size = HugePageSize(name) { pages[size] = UInt64(max(0, amount.bytes)) }
        }
        return pages
    }
}
