package import Pods

/// What all containers of a pod want together.
package enum PodResources {
    package static func requests(of pod: Pod) -> ResourceAmounts {
        var sum = ResourceAmounts()
        for container in pod.containers { sum.add(container.requests) }
        return sum
    }

    /// A sum has a limit only if every container has: one without would be limited by the others'.
    package static func limits(of pod: Pod) -> ResourceAmounts {
        var sum = ResourceAmounts()
        for container in pod.containers { sum.add(container.limits) }
        if !pod.containers.allSatisfy({ ($0.limits.cpu?.thousandths ?? 0) > 0 }) { sum.cpu = nil }
        if !pod.containers.allSatisfy({ ($0.limits.memory?.bytes ?? 0) > 0 }) { sum.memory = nil }
        return sum
    }
}

extension ResourceAmounts {
    /// A sum that is too large for a number stays at the largest.
    fileprivate mutating func add(_ other: ResourceAmounts) {
        func sum(_ one: Int64?, _ other: Int64) -> Int64 {
            let (sum, overflow) = (one ?? 0).addingReportingOverflow(other)
            return overflow ? .max : sum
        }
        if let amount = other.cpu { cpu = MilliCPU(sum(cpu?.thousandths, amount.thousandths)) }
        if let amount = other.memory { memory = ByteCount(sum(memory?.bytes, amount.bytes)) }
        for (size, amount) in other.hugePages {
            hugePages[size] = ByteCount(sum(hugePages[size]?.bytes, amount.bytes))
        }
    }
}

/// How soon the kernel ends a process when the node runs out of memory: -1000 never, 1000 first.
///
/// Source: kubelet, `GetContainerOOMScoreAdjust`.
package enum OOMScore {
    /// The pause process: the pod's namespaces go last.
    package static let sandbox = -998

    /// Source: scheduling `SystemCriticalPriority` + 1000, the class system-node-critical.
    private static let nodeCriticalPriority: Int32 = 2_000_001_000

    package static func adjustment(of container: Pod.Container, in pod: Pod, memoryCapacity: ByteCount) -> Int {
        if pod.priority >= nodeCriticalPriority { return -997 }
        switch pod.qosClass {
        case .guaranteed: return -997
        case .bestEffort: return 1000
        case .burstable: break
        }
        let capacity = max(1, memoryCapacity.bytes)
        let request = Int128(container.requests.memory?.bytes ?? 0)
        let score = Int(clamping: 1000 - 1000 * request / Int128(capacity))
        // Neither as safe as a guaranteed pod, nor as unsafe as a best-effort one.
        return min(max(score, 3), 999)
    }
}
