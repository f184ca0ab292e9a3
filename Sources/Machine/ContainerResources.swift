import OCI
import Pods

/// Limits of one container's cgroup. Source: facts of kubelet, §5.3.
struct ContainerResources: Equatable, Sendable {
    let spec: RuntimeSpec.Resources

    init(_ container: Pod.Container, of pod: Pod, _ facts: PodFacts) {
        // Without a request the limit is the request; without both it gets next to nothing when others want it.
        let request = container.requests.cpu ?? container.limits.cpu
        var cpu = RuntimeSpec.CPU(shares: CPUShares(request))
        if facts.enforcesCPULimits, let limit = container.limits.cpu, limit.thousandths > 0 {
            let period = Int64(facts.cpuPeriod / .microseconds(1))
            cpu.quota = max(1000, limit.thousandths * period / 1000)
            cpu.period = UInt64(period)
        }
        let memory = container.limits.memory.map { RuntimeSpec.Memory(limit: $0.bytes) }
        let pages = container.limits.hugePages.map {
            RuntimeSpec.HugepageLimit(pageSize: $0.key.replacing("i", with: "B"), limit: UInt64(max(0, $0.value.bytes)))
        }
        spec = RuntimeSpec.Resources(
            devices: DeviceRules.of(container.security), memory: memory, cpu: cpu,
            hugepageLimits: pages.isEmpty ? nil : pages.sorted { $0.pageSize < $1.pageSize },
            unified: ["memory.oom.group": "1"])
    }
}

/// `cpu.shares` of a request: 1024 for a CPU, at least 2. Source: facts of kubelet, §5.3.
func CPUShares(_ request: MilliCPU?) -> UInt64 {
    guard let request, request.thousandths > 0 else { return 2 }
    return UInt64(min(max(request.thousandths * 1024 / 1000, 2), 262_144))
}

/// Which devices a container may use. Source: facts of OCI runtime, §3.
enum DeviceRules {
    static func of(_ security: Pod.Container.SecurityContext) -> [RuntimeSpec.DeviceRule] {
        if security.isPrivileged { return [.init(allow: true, access: "rwm")] }
        let nodes: [(Int64, Int64?)] = [
            (1, 3), (1, 5), (1, 7), (1, 8), (1, 9),  // null, zero, full, random, urandom
            (5, 0), (5, 1), (5, 2), (136, nil),  // tty, console, ptmx, pts/*
        ]
        return [.init(allow: false, access: "rwm"), .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m")]
            + nodes.map { .init(allow: true, type: "c", major: $0.0, minor: $0.1, access: "rwm") }
    }
}

/// How readily the kernel ends a container when memory runs out. Source: facts of kubelet, §5.4.
enum OOMScore {
    static func adjustment(of container: Pod.Container, in pod: Pod, memoryCapacity: Int64) -> Int {
        if pod.priority >= 2_000_001_000 { return -997 }
        switch pod.qosClass {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        case .burstable:
            let request = (container.requests.memory ?? container.limits.memory)?.bytes ?? 0
            let score = 1000 - Int(1000 * request / max(memoryCapacity, 1))
            return score >= 1000 ? 999 : max(score, 3)
        }
    }
}

/// The capabilities a container gets. Source: facts of kubelet, §9.1: the runtime's fourteen, less what is dropped,
/// and then what is added; `ALL` stands for every one the kernel knows.
struct EffectiveCapabilities: Equatable, Sendable {
    let names: [String]

    static let standard = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
        "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID",
        "CAP_SYS_CHROOT",
    ]

    init(_ security: Pod.Container.SecurityContext) {
        if security.isPrivileged {
            names = ["ALL"]
            return
        }
        let dropped = security.droppedCapabilities.map(Self.full)
        var kept = dropped.contains("CAP_ALL") ? [] : Set(Self.standard).subtracting(dropped)
        for added in security.addedCapabilities.map(Self.full) { kept.insert(added) }
        names = kept.contains("CAP_ALL") ? ["ALL"] : kept.sorted()
    }

    private static func full(_ name: String) -> String {
        let upper = name.uppercased()
        return upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
    }
}
