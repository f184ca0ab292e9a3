import Kubernetes

/// Whether the node takes one more pod: a pure function of the pod, of those that are here and of what the node has.
///
/// Source: facts of kubelet, §15; kubernetes `pkg/kubelet/lifecycle/predicate.go`, whose words these are.
struct NodeAdmission {
    /// The other pods that are here and not done.
    let active: [Pod]
    let policy: NodePolicy
    /// What all pods together may ask for. An amount of cpu, memory or disk that is not given is not limited.
    let allocatable: ResourceAmounts
    let isShuttingDown: Bool

    enum Verdict: Equatable {
        /// Taken, as soon as these are gone: their resources are what it needs, first of all the one that is named.
        case taken(preempting: [Pod.ID], for: String = "")
        case refused(Refusal)

        static let taken = Verdict.taken(preempting: [])
    }

    struct Refusal: Equatable {
        var reason: String
        var message: String
    }

    /// The first rule that says no wins.
    func verdict(on pod: Pod) -> Verdict {
        if let message = SysctlRules.refusal(of: pod, allowed: policy.allowedSysctls) {
            return .refused(Refusal(reason: "SysctlForbidden", message: message))
        }
        if let os = pod.manifest.spec?.nodeSelector?["kubernetes.io/os"], os != "linux" {
            return .refused(
                Refusal(
                    reason: "PodOSSelectorNodeLabelDoesNotMatch",
                    message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label"))
        }
        let fit = fit(of: pod)
        if case .refused = fit { return fit }
        if let refusal = profileRefusal(of: pod) { return .refused(refusal) }
        guard !isShuttingDown else {
            return .refused(
                Refusal(reason: "NodeShutdown", message: "Pod was rejected as the node is shutting down."))
        }
        return fit
    }

    /// Nothing runs unconfined that is to be confined. Source: kubernetes `pkg/security/apparmor`, `Validate`.
    private func profileRefusal(of pod: Pod) -> Refusal? {
        guard policy.hasAppArmor == false, pod.needsAppArmor else { return nil }
        return Refusal(
            reason: "AppArmor", message: "Cannot enforce AppArmor: AppArmor is not enabled on the host")
    }

    private func fit(of pod: Pod) -> Verdict {
        let shortages = shortages(for: pod)
        let misfit = misfit(of: pod)
        guard pod.isCritical else {
            if let first = shortages.first { return .refused(first.refusal) }
            return misfit.map { .refused($0) } ?? .taken
        }
        // No other pod is ended for one that is refused all the same.
        if let misfit { return .refused(misfit) }
        do throws(Preemption.Impossible) {
            let victims = try Preemption(for: pod, among: active).victims(for: shortages)
            return .taken(preempting: victims, for: shortages.first?.resource ?? "")
        } catch {
            let message = "Unexpected error while attempting to recover from admission failure: \(error)"
            return .refused(Refusal(reason: "UnexpectedAdmissionError", message: message))
        }
    }

    /// What no amount of resources mends.
    private func misfit(of pod: Pod) -> Refusal? {
        if let identity = policy.identity, let spec = pod.manifest.spec, !identity.isChosen(by: spec) {
            return Refusal(
                reason: "NodeAffinity",
                message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector")
        }
        if !fitsPorts(of: pod) {
            return Refusal(
                reason: "NodePorts",
                message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
        }
        return nil
    }

    /// What there is too little of. Source: kubernetes `noderesources.Fits`; a pod that asks for nothing is not
    /// refused because others were given too much.
    func shortages(for pod: Pod) -> [Shortage] {
        var shortages: [Shortage] = []
        // What the others ask for is summed up only where the pod asks as well.
        func compare(_ name: String, _ requested: Int64, _ used: @autoclosure () -> [Int64], _ capacity: Int64?) {
            guard let capacity, requested > 0 else { return }
            let used = clampedSum(used())
            if Int128(requested) > Int128(capacity) - Int128(used) {
                shortages.append(Shortage(resource: name, requested: requested, used: used, capacity: capacity))
            }
        }
        compare("pods", 1, [Int64(active.count)], policy.maxPods.map(Int64.init))
        let requests = pod.requests
        lazy var others = active.map(\.requests)
        for resource in ["cpu", "memory", "ephemeral-storage"] {
            compare(resource, requests[resource] ?? 0, others.map { $0[resource] ?? 0 }, allocatable[resource])
        }
        for size in requests.hugePages.keys.sorted() {
            let name = "hugepages-\(size)"
            compare(name, requests[name] ?? 0, others.map { $0[name] ?? 0 }, allocatable[name] ?? 0)
        }
        return shortages
    }

    /// Source: kubernetes `framework.HostPortInfo.CheckConflict`: an address of all addresses conflicts with each.
    private func fitsPorts(of pod: Pod) -> Bool {
        let wanted = pod.hostPorts
        guard !wanted.isEmpty else { return true }
        let everywhere = "0.0.0.0"
        return !active.flatMap(\.hostPorts).contains { taken in
            wanted.contains { port in
                guard port.hostPort == taken.hostPort, port.transport == taken.transport else { return false }
                let addresses = (port.hostIP ?? everywhere, taken.hostIP ?? everywhere)
                return addresses.0 == addresses.1 || addresses.0 == everywhere || addresses.1 == everywhere
            }
        }
    }
}

/// A resource that a pod asks for more of than is left.
struct Shortage: Equatable {
    var resource: String
    var requested: Int64
    var used: Int64
    var capacity: Int64

    /// How much must become free for the pod to fit.
    var missing: Int64 { Int64(clamping: Int128(requested) - (Int128(capacity) - Int128(used))) }

    var refusal: NodeAdmission.Refusal {
        NodeAdmission.Refusal(
            reason: "OutOf\(resource)",
            message: "Node didn't have enough resource: \(resource), requested: \(requested), used: \(used), "
                + "capacity: \(capacity)")
    }
}

extension Termination {
    /// The pod never begins.
    static func refusal(_ refusal: NodeAdmission.Refusal) -> Self {
        Self(
            grace: .zero, reason: refusal.reason, message: "Pod was rejected: \(refusal.message)",
            removesEverything: false)
    }
}
