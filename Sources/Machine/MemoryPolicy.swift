import Cgroups
package import Pods

/// How the kernel treats containers' memory beside their limits: what it keeps for them, when it slows them down, and
/// how much of them it may swap. Formulas of amounts, all of them pure.
///
/// Source: facts of kubelet, §5.7 and §5.8; kubernetes `kuberuntime_container_linux.go`.
package struct MemoryPolicy: Equatable, Sendable {
    /// Nil: the gate `MemoryQoS` is off, and nothing of it is written.
    package var qos: QoS?
    /// Nil: nothing is swapped (`NoSwap`).
    package var swap: LimitedSwap?

    package init(qos: QoS? = nil, swap: LimitedSwap? = nil) {
        self.qos = qos
        self.swap = swap
    }

    /// What is kept from reclaim, and from where on a container's allocations are slowed down.
    package struct QoS: Equatable, Sendable {
        package enum Reservation: String, Sendable { case none = "None", tiered = "TieredReservation" }

        package var reservation: Reservation
        /// How far between its request and its limit a container goes unhindered: above 0, at most 1.
        package var throttlingFactor: Double
        /// What a container may use that has no limit.
        package var allocatable: ByteCount
        package var pageSize: Int64

        package init(
            reservation: Reservation = .none, throttlingFactor: Double = 0.9, allocatable: ByteCount,
            pageSize: Int64 = 4096
        ) {
            self.reservation = reservation
            self.throttlingFactor = throttlingFactor
            self.allocatable = allocatable
            self.pageSize = pageSize
        }
    }

    /// Containers swap in proportion to the memory that they request.
    package struct LimitedSwap: Equatable, Sendable {
        package var memory: ByteCount
        package var swap: ByteCount

        package init(memory: ByteCount, swap: ByteCount) {
            self.memory = memory
            self.swap = swap
        }
    }
}

extension MemoryPolicy.QoS {
    /// What is kept for a pod or a container that requests so much: whatever happens (`memory.min`), or as long as
    /// there is other memory to be had (`memory.low`).
    func kept(_ request: Int64, _ qosClass: Pod.QoSClass) -> (min: Int64, low: Int64) {
        switch (reservation, qosClass) {
        case (.none, _), (_, .bestEffort): (0, 0)
        case (.tiered, .guaranteed): (request, 0)
        case (.tiered, .burstable): (0, request)
        }
    }

    /// From where on a container is slowed down; nil: it is not.
    func high(of container: Pod.Container) -> Int64? {
        let request = container.effectiveRequests.memory?.bytes ?? 0
        let limit = container.limits.memory?.bytes ?? 0
        guard request != limit else { return nil }
        let most = limit > 0 ? limit : allocatable.bytes
        guard most > 0 else { return nil }
        let high = (Double(request) + (Double(most) - Double(request)) * throttlingFactor).rounded(.down)
        let pages = Int64(clamping: Int128(high / Double(pageSize)))
        let bytes = Int64(clamping: Int128(pages) * Int128(pageSize))
        return bytes > request ? bytes : nil
    }

    func settings(keeping kept: (min: Int64, low: Int64)) -> [CgroupSettings.Setting] {
        [
            .init(.memory, "memory.min", "\(kept.min)", isDefault: kept.min == 0),
            .init(.memory, "memory.low", "\(kept.low)", isDefault: kept.low == 0),
        ]
    }
}

extension MemoryPolicy {
    /// How many bytes of the container may be swapped.
    ///
    /// Source: kubernetes `GetContainerSwapBehavior`, `calcSwapForBurstablePods`: a critical pod's never, and so no
    /// manifest's.
    func swap(of container: Pod.Container, in pod: Pod) -> Int64 {
        let request = container.effectiveRequests.memory?.bytes ?? 0
        guard let swap, pod.qosClass == .burstable, !pod.isCritical, request > 0, swap.memory.bytes > 0,
            request != container.limits.memory?.bytes
        else { return 0 }
        return Int64(clamping: Int128(Double(request) / Double(swap.memory.bytes) * Double(swap.swap.bytes)))
    }

    /// Of a container's group.
    func settings(of container: Pod.Container, in pod: Pod) -> CgroupSettings {
        var settings = CgroupSettings([.swap(swap(of: container, in: pod))])
        guard let qos else { return settings }
        let request = container.effectiveRequests.memory?.bytes ?? 0
        settings.settings += qos.settings(keeping: qos.kept(request, pod.qosClass))
        if let high = qos.high(of: container) { settings.append(.init(.memory, "memory.high", "\(high)")) }
        return settings
    }

    /// Of a pod's group, which is no narrower than its containers' together.
    func settings(of pod: Pod) -> CgroupSettings {
        let swaps = (pod.initContainers + pod.containers).contains { swap(of: $0, in: pod) > 0 }
        var settings = CgroupSettings([.swap(swaps ? nil : 0)])
        if let qos {
            settings.settings += qos.settings(keeping: qos.kept(pod.requests.memory?.bytes ?? 0, pod.qosClass))
        }
        return settings
    }
}

extension CgroupSettings.Setting {
    /// Memory limits mean memory. A kernel that does not count swap has no such file. Source: facts of kubelet, §5.8.
    fileprivate static func swap(_ bytes: Int64?) -> Self {
        Self(.memory, "memory.swap.max", bytes.map { "\($0)" } ?? "max", isDefault: true)
    }
}
