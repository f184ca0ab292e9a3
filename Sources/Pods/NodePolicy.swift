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
    /// Nil: nobody has said which node this is, and pods are not asked.
    package var identity: NodeIdentity?
    /// The kernel confines processes by AppArmor. Nil: nobody has looked, and pods are not asked.
    package var hasAppArmor: Bool?

    package init() {}

    /// Source: facts of kubelet, §1.1, `podsPerCore`: no more than that many for each core, where it is set.
    package static func maxPods(_ maximum: Int, podsPerCore: Int, cores: Int) -> Int {
        podsPerCore > 0 ? min(maximum, podsPerCore * cores) : maximum
    }
}
