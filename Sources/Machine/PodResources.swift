import Cgroups
import OCI
import Pods

/// What a pod's containers ask for and may use together. Source: facts of kubelet, §5.3.
struct PodResources: Equatable, Sendable {
    var cpuRequest: Int64 = 0
    /// `nil`: nothing is said of the pod as a whole, and at least one container has no limit, so the pod has none.
    var cpuLimit: Int64?
    var memoryLimit: Int64?

    init(_ pod: Pod) {
        cpuRequest = pod.requests.cpu?.thousandths ?? 0
        cpuLimit = Self.limit(in: pod, "cpu")
        memoryLimit = Self.limit(in: pod, "memory")
    }

    /// With what the runtime takes. Source: kubernetes `pkg/kubelet/cm`, `ResourceConfigForPod`.
    private static func limit(in pod: Pod, _ name: String) -> Int64? {
        if pod.qosClass == .bestEffort { return nil }
        if let whole = pod.resources?.limits[name], whole > 0 { return clampedSum([whole, pod.overhead[name] ?? 0]) }
        let all = (pod.initContainers + pod.containers).map { $0.limits[name] ?? 0 }
        guard !all.isEmpty, all.allSatisfy({ $0 > 0 }) else { return nil }
        return clampedSum([pod.most { $0.limits[name] ?? 0 }, pod.overhead[name] ?? 0])
    }
}

extension CgroupSettings {
    /// Limits of the group of all pods. That a controller is missing is told of all limits at once.
    ///
    /// Source: facts of kubelet, §5.5.
    init(_ limit: NodeResources) {
        self.init([
            .init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: limit.cpu.thousandths).linearWeight)", isDefault: true),
            .init(.memory, "memory.max", "\(limit.memory.bytes)", isDefault: true),
            .init(.pids, "pids.max", "\(limit.pids)", isDefault: true),
        ])
    }

    /// Limits of a pod's group. Source: facts of kubelet, §5.3, row "pod cgroup".
    init(_ pod: Pod, _ settings: PodCgroups.Settings) {
        self.init()
        let resources = PodResources(pod)
        let shares = pod.qosClass == .bestEffort ? CPUShares.min : CPUShares(milliCPU: resources.cpuRequest)
        append(.init(.cpu, "cpu.weight", "\(shares.linearWeight)", isDefault: shares == .min))
        if settings.enforcesCPULimits, let limit = resources.cpuLimit {
            append(.init(.cpu, "cpu.max", "\(CPUQuota(milliCPU: limit, period: settings.cpuPeriod))"))
        }
        if let limit = resources.memoryLimit { append(.init(.memory, "memory.max", "\(limit)")) }
        append(settings.memory.settings(of: pod))
        if let limit = settings.podPIDsLimit { append(.init(.pids, "pids.max", "\(limit)")) }
        // What is asked for of them is the limit as well.
        append(.hugePages(pod.requests.pages, sizes: settings.hugePageSizes))
    }

    /// Limits of one container's group. Source: facts of kubelet, §5.3, rows "container".
    init(_ container: Pod.Container, of pod: Pod, _ settings: PodCgroups.Settings) {
        self.init()
        let limits = pod.limits(of: container)
        let shares = CPUShares(milliCPU: (container.requests.cpu ?? limits.cpu)?.thousandths ?? 0)
        if let weight = shares.containerWeight {
            append(.init(.cpu, "cpu.weight", "\(weight)", isDefault: shares == .min))
        }
        if settings.enforcesCPULimits, let limit = limits.cpu, limit.thousandths > 0 {
            append(.init(.cpu, "cpu.max", "\(CPUQuota(milliCPU: limit.thousandths, period: settings.cpuPeriod))"))
        }
        if let limit = limits.memory, limit.bytes > 0 {
            append(.init(.memory, "memory.max", "\(limit.bytes)"))
        }
        append(settings.memory.settings(of: container, in: pod))
        if !settings.killsSingleProcesses { append(.init(.memory, "memory.oom.group", "1", isDefault: true)) }
        append(.hugePages(limits.pages, sizes: settings.hugePageSizes))
    }
}

extension ResourceAmounts {
    fileprivate var pages: [HugePageSize: UInt64] {
        var pages: [HugePageSize: UInt64] = [:]
        for (size, amount) in hugePages {
            if let size = HugePageSize(size) { pages[size] = UInt64(max(0, amount.bytes)) }
        }
        return pages
    }
}

extension CgroupSettings {
    /// What of it can change while processes run, as far as this machine can enforce it.
    func resizable(by controllers: Set<Controller>) -> CgroupSettings {
        let files: Set = ["cpu.weight", "cpu.max", "memory.max", "memory.high", "memory.min", "memory.low"]
        var resizable = CgroupSettings(
            settings.filter { files.contains($0.file) && $0.controller.map(controllers.contains) ?? true })
        resizable.keepsMemoryInUse = true
        return resizable
    }
}

/// How readily the kernel ends a container when memory runs out.
///
/// Source: facts of kubelet, §5.4; kubernetes `pkg/kubelet/qos/policy.go`.
enum OOMScore {
    /// A pause is worth more than any container, and less than the agent. Source: facts of kubelet, §5.4.
    static let sandbox = -998

    static func adjustment(of container: Pod.Container, in pod: Pod, memoryCapacity: Int64) -> Int {
        if pod.priority >= 2_000_001_000 { return -997 }
        switch pod.qosClass {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        case .burstable:
            // Wider than a double, so that no request, however absurd, overflows.
            let request = Int128(request(of: container, in: pod)) + Int128(pod.unclaimedMemory)
            let score = Int(clamping: 1000 - 1000 * request / Int128(max(memoryCapacity, 1)))
            return min(max(score, 3), 999)
        }
    }

    /// A sidecar is not ended before the containers that it serves.
    private static func request(of container: Pod.Container, in pod: Pod) -> Int64 {
        func own(_ container: Pod.Container) -> Int64 { container.effectiveRequests.memory?.bytes ?? 0 }
        guard container.role == .sidecar, let least = pod.containers.map(own).min() else { return own(container) }
        return max(own(container), least)
    }
}

extension DeviceRule {
    /// Which devices a container may use. Source: facts of OCI runtime, §3: any node may be made, few opened.
    static func rules(for security: Pod.Container.SecurityContext) -> [DeviceRule] {
        if security.isPrivileged { return [DeviceRule(allow: true)] }
        let nodes: [(major: UInt32, minor: UInt32?)] = [
            (1, 3), (1, 5), (1, 7), (1, 8), (1, 9),  // null, zero, full, random, urandom
            (5, 0), (5, 1), (5, 2), (136, nil),  // tty, console, ptmx, pts/*
        ]
        return [
            DeviceRule(allow: false), DeviceRule(allow: true, kind: .character, access: .makeNode),
            DeviceRule(allow: true, kind: .block, access: .makeNode),
        ] + nodes.map { DeviceRule(allow: true, kind: .character, major: $0.major, minor: $0.minor) }
    }
}
