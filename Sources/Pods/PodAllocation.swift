package import Kubernetes

/// What the node has given a pod of the resources that can change while it runs, in the API's words: what counts beside
/// other pods and reaches the kernel, also while the pod asks for something else.
///
/// Source: kubernetes `pkg/kubelet/allocation`, whose checkpoint `allocated_pods_state` says the same.
package struct PodAllocation: Codable, Equatable, Sendable {
    /// Of the pod as a whole; nil: nothing was said of that.
    package var whole: ResourceRequirements?
    /// By container.
    package var containers: [String: ResourceRequirements] = [:]
    /// The version of the spec that it was taken of; nil: nobody counts them.
    package var generation: Int64?

    package init(_ pod: Pod) {
        generation = pod.allocatedGeneration ?? pod.manifest.metadata?.generation
        whole = pod.manifest.spec?.resources
        for container in pod.manifest.spec?.resizable ?? [] {
            containers[container.name ?? ""] = container.resources ?? ResourceRequirements()
        }
    }

    /// Whether the amounts are the same, however they are written. A container that only one of them has is no matter of
    /// amounts.
    func isSame(as other: Self) -> Bool {
        Self.amounts(whole) == Self.amounts(other.whole)
            && containers.allSatisfy { name, own in
                other.containers[name].map { Self.amounts($0) == Self.amounts(own) } ?? true
            }
    }

    private static func amounts(_ resources: ResourceRequirements?) -> [String: Int128] {
        var amounts: [String: Int128] = [:]
        for (name, amount) in resources?.limits ?? [:] { amounts["limits \(name)"] = amount.nanos }
        for (name, amount) in resources?.requests ?? [:] { amounts["requests \(name)"] = amount.nanos }
        return amounts
    }
}

extension Pod {
    /// What it asks for.
    package var wishedAllocation: PodAllocation { PodAllocation(self) }

    /// The pod with what it was given in place of what it asks for.
    package func having(_ allocation: PodAllocation) -> Pod {
        var pod = self
        pod.allocatedGeneration = allocation.generation
        guard !wishedAllocation.isSame(as: allocation) else { return pod }
        pod.manifest.spec?.resources = allocation.whole
        pod.resources = allocation.whole.map(Resources.init)
        pod.manifest.spec?.containers?.have(allocation)
        pod.manifest.spec?.initContainers?.have(allocation)
        for index in pod.containers.indices { pod.containers[index].have(allocation) }
        for index in pod.initContainers.indices { pod.initContainers[index].have(allocation) }
        return pod
    }
}

extension Pod.Container {
    fileprivate mutating func have(_ allocation: PodAllocation) {
        guard let given = allocation.containers[name] else { return }
        requests = ResourceAmounts(given.requests ?? [:])
        limits = ResourceAmounts(given.limits ?? [:])
    }
}

extension [Kubernetes.Container] {
    fileprivate mutating func have(_ allocation: PodAllocation) {
        for index in indices {
            if let given = allocation.containers[self[index].name ?? ""] { self[index].resources = given }
        }
    }
}

extension PodSpec {
    /// Source: kubernetes `IsResizableContainer`; `InPlacePodVerticalScalingInitContainers` is on in 1.36.
    var resizable: [Kubernetes.Container] { (initContainers ?? []) + (containers ?? []) }
}
