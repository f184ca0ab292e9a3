import Kubernetes

extension Pod {
    /// What a pod asks for and may use as a whole, whatever its containers say: `spec.resources`.
    ///
    /// Source: KEP 2837 (`PodLevelResources`); kubernetes `component-helpers/resource`.
    package struct Resources: Equatable, Sendable {
        package var requests: ResourceAmounts
        package var limits: ResourceAmounts

        package init(requests: ResourceAmounts = .init(), limits: ResourceAmounts = .init()) {
            self.requests = requests
            self.limits = limits
        }

        /// Whether a pod can have an amount of it as a whole: cpu, memory, huge pages.
        static func covers(_ name: String) -> Bool { name == "cpu" || name == "memory" || name.hasPrefix("hugepages-") }
    }

    /// What one of its containers may use: where it sets itself no limit, all that the pod may.
    ///
    /// Source: kubernetes `kuberuntime_container_linux.go`, `getCPULimit`, `getMemoryLimit`,
    /// `GetHugepageLimitsFromResources`: a limit of 0 is none.
    package func limits(of container: Container) -> ResourceAmounts {
        guard let whole = resources?.limits else { return container.limits }
        var limits = container.limits
        if (limits.cpu?.thousandths ?? 0) == 0 { limits.cpu = whole.cpu ?? limits.cpu }
        if (limits.memory?.bytes ?? 0) == 0 { limits.memory = whole.memory ?? limits.memory }
        limits.hugePages = whole.hugePages.merging(limits.hugePages) { _, own in own }
        return limits
    }

    /// What of the pod's request for memory no container claims, in equal shares; in bytes.
    ///
    /// Source: kubernetes `pkg/kubelet/qos`, `remainingPodMemReqPerContainer`.
    package var unclaimedMemory: Int64 {
        let count = Int64(initContainers.count + containers.count)
        guard let whole = resources?.requests.memory?.bytes, whole > 0, count > 0 else { return 0 }
        return (whole - most { $0.effectiveRequests.memory?.bytes ?? 0 }) / count
    }
}

extension Pod.Resources {
    init(_ requirements: ResourceRequirements) {
        self.init(
            requests: ResourceAmounts(requirements.requests ?? [:]),
            limits: ResourceAmounts(requirements.limits ?? [:]))
    }
}

/// The most of an amount that containers have at a time: all that stay, or one that precedes them with the sidecars
/// before it.
///
/// Source: kubernetes `resourcehelper.AggregateContainerRequests`.
func mostAtOnce<Container, Amount: Comparable & AdditiveArithmetic>(
    _ initial: [Container], _ regular: [Container], isSidecar: (Container) -> Bool, _ amount: (Container) -> Amount
) -> Amount {
    var (sidecars, most) = (Amount.zero, Amount.zero)
    for container in initial {
        let own = amount(container)
        if isSidecar(container) { sidecars += own } else { most = max(most, sidecars + own) }
    }
    return max(most, regular.reduce(sidecars) { $0 + amount($1) })
}
