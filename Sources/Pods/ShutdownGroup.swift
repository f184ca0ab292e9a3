/// How long the pods of a node have when the machine goes down.
package struct ShutdownPeriods: Equatable, Sendable {
    /// For all pods together; zero: the machine's shutdown does not wait for pods.
    package var total: Duration
    /// The part of it that is kept for critical pods.
    package var critical: Duration

    package init(total: Duration = .zero, critical: Duration = .zero) {
        self.total = total
        self.critical = critical
    }
}

/// Pods that are ended together at the machine's shutdown, one group after the other.
///
/// Source: facts of kubelet, §10.6 ("Groups").
package struct ShutdownGroup: Equatable, Sendable {
    /// Pods of this priority and above it, up to the next group's.
    package var priority: Int32
    /// How long the group has; a pod that asks for less has less.
    package var grace: Duration

    package init(priority: Int32, grace: Duration) {
        self.priority = priority
        self.grace = grace
    }

    /// The API's `SystemCriticalPriority`.
    static let critical: Int32 = 2_000_000_000

    /// In the order in which they are ended.
    package static func groups(_ periods: ShutdownPeriods) -> [ShutdownGroup] {
        [
            ShutdownGroup(priority: 0, grace: periods.total - periods.critical),
            ShutdownGroup(priority: critical, grace: periods.critical),
        ]
    }

    /// Whether a pod of this priority is ended with the group; below the lowest there is no other.
    package func takes(priority other: Int32, among groups: [ShutdownGroup]) -> Bool {
        let reached = groups.filter { $0.priority <= other }.map(\.priority).max() ?? groups.map(\.priority).min()
        return reached == priority
    }
}

extension Termination {
    /// Source: facts of kubelet, §10.6: no pod has longer than its group, nor than it asked for.
    package static func shutdown(of pod: Pod, within grace: Duration) -> Self {
        var termination = Self(
            grace: min(pod.terminationGracePeriod, grace), reason: "Terminated",
            message: "Pod was terminated in response to imminent node shutdown.", removesEverything: false)
        termination.disruption = termination.message
        return termination
    }
}
