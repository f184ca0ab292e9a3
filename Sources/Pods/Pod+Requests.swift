import Kubernetes

extension Pod {
    /// What the pod asks of the node, with what its runtime takes: what it says as a whole, or else what its containers
    /// ask for together.
    ///
    /// Source: kubernetes `resourcehelper.PodRequests`.
    package var requests: ResourceAmounts {
        func sum(_ name: String) -> Int64 {
            clampedSum([
                resources?.requests[name] ?? most { $0.effectiveRequests[name] ?? 0 }, overhead[name] ?? 0,
            ])
        }
        var sums = ResourceAmounts(cpu: MilliCPU(sum("cpu")), memory: ByteCount(sum("memory")))
        sums.disk = ByteCount(sum("ephemeral-storage"))
        let sizes = (initContainers + containers).flatMap(\.effectiveRequests.hugePages.keys)
        for size in Set(sizes).union(resources?.requests.hugePages.keys ?? [:].keys) {
            sums.hugePages[size] = ByteCount(sum("hugepages-\(size)"))
        }
        return sums
    }

    /// The most that its containers have at a time.
    package func most(_ amount: (Container) -> Int64) -> Int64 {
        Int64(
            clamping: mostAtOnce(initContainers, containers, isSidecar: { $0.role == .sidecar }) {
                Int128(amount($0))
            })
    }

    /// The ports of the node that the pod takes for as long as it runs.
    ///
    /// Source: kubernetes `schedutil.GetHostPorts`: those of init containers that end do not count.
    package var hostPorts: [Container.Port] {
        (initContainers.filter { $0.role == .sidecar } + containers).flatMap(\.ports).filter { $0.hostPort != nil }
    }

    /// Whether it was given a priority, if only 0.
    var hasPriority: Bool { priority != 0 || manifest.spec?.priority != nil }

    /// Whether resources that are short are taken from others for its sake.
    ///
    /// Source: kubernetes `pkg/kubelet/types`, `IsCriticalPod`: whatever does not come from the API is critical.
    package var isCritical: Bool { source != .api || priority >= ShutdownGroup.critical }
}

extension Pod.Container {
    /// What it asks for: a limit without a request is the request.
    package var effectiveRequests: ResourceAmounts {
        var amounts = requests
        amounts.cpu = amounts.cpu ?? limits.cpu
        amounts.memory = amounts.memory ?? limits.memory
        amounts.disk = amounts.disk ?? limits.disk
        amounts.hugePages.merge(limits.hugePages) { request, _ in request }
        return amounts
    }
}

/// A sum that ends at the largest number: each of a manifest's quantities may be that already.
package func clampedSum(_ amounts: [Int64]) -> Int64 {
    Int64(clamping: amounts.reduce(Int128(0)) { $0 + Int128($1) })
}
