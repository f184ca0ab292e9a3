/// What the node's configuration says about all of its pods. Source: facts of kubelet, §1.1.
package struct NodePolicy: Equatable, Sendable {
    /// How many pods may be here at once. `nil`: as many as come.
    package var maxPods: Int?
    /// A pod is looked at again after at most one and a half of these, even if nothing happened. `nil`: it is not.
    package var resync: Duration?
    /// The longest that a container which keeps ending waits for its next start.
    package var longestBackoff = RestartBackoff.longest
    /// Kernel parameters that pods may set though they are not safe: names, or beginnings with `*`.
    package var allowedSysctls: [String] = []

    package init() {}

    /// Source: facts of kubelet, §1.1, `podsPerCore`: no more than that many for each core, where it is set.
    package static func maxPods(_ maximum: Int, podsPerCore: Int, cores: Int) -> Int {
        podsPerCore > 0 ? min(maximum, podsPerCore * cores) : maximum
    }
}

/// Whether the node takes one more pod. Source: facts of kubelet, §15.
enum NodeAdmission {
    /// Why a pod is not taken, as the way it ends; `nil`: it is taken. `active` pods are here and not done.
    static func refusal(active: Int, maxPods: Int?, isShuttingDown: Bool) -> Termination? {
        if isShuttingDown { return refusal("NodeShutdown", "Pod was rejected as the node is shutting down.") }
        guard let maxPods, active >= maxPods else { return nil }
        return refusal(
            "OutOfpods",
            "Node didn't have enough resource: pods, requested: 1, used: \(active), capacity: \(maxPods)")
    }

    /// Why a pod is not taken for what it asks of the kernel.
    static func refusal(of pod: Pod, _ policy: NodePolicy) -> Termination? {
        SysctlRules.refusal(of: pod, allowed: policy.allowedSysctls).map { message in
            Termination(grace: .zero, reason: "SysctlForbidden", message: message, removesEverything: false)
        }
    }

    private static func refusal(_ reason: String, _ message: String) -> Termination {
        Termination(
            grace: .zero, reason: reason, message: "Pod was rejected: \(message)", removesEverything: false)
    }
}
