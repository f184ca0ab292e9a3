import Logging

extension PodManager {
    /// Whether the node takes the pod beside those that it has, without those that no longer count.
    func verdict(on pod: Pod, without inactive: Set<Pod.ID>) -> NodeAdmission.Verdict {
        NodeAdmission(
            active: others(than: pod.id, without: inactive), policy: environment.policy.value,
            allocatable: environment.allocatable(),
            isShuttingDown: isShuttingDown
        ).verdict(on: pod)
    }

    /// Pods that are done, were refused or are being ended: they leave their place to others.
    func inactivePods() async -> Set<Pod.ID> {
        var inactive: Set<Pod.ID> = []
        for worker in workers.values where await !worker.isActive { inactive.insert(worker.id) }
        return inactive
    }

    func preempt(_ victim: PodWorker, for pod: Pod, because resource: String) async {
        let other = await victim.desired.pod
        Logger.current.notice(
            "Pod ends to make room for a critical one",
            metadata: ["pod": "\(other.namespace)/\(other.name)", "for": "\(pod.namespace)/\(pod.name)"])
        environment.meter.preempted(resource)
        await victim.want(.terminated(other, .preemption(of: other)))
    }

    /// Source: kubernetes `killPodNow`: half as long again as the pod may take, and ten seconds at least.
    func waitForRoom(_ others: [PodWorker]) async {
        var longest = Duration.seconds(10)
        for other in others { longest = max(longest, await other.desired.pod.terminationGracePeriod * 3 / 2) }
        if await waitForEnd(of: others, within: longest) > 0 {
            Logger.current.warning("Pods that were to make room did not end in time")
        }
    }
}
