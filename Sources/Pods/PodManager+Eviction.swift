import Logging

extension PodManager {
    /// Ends a pod that has taken more of the node's disks than it may. One of the system's is left alone.
    ///
    /// Source: kubernetes `pkg/kubelet/eviction`, `evictPod`, which leaves pods of manifests alone as well.
    /// - Returns: Whether that is news: it was not evicted before.
    package func evict(_ pod: Pod, because message: String) async -> Bool {
        guard pod.priority < ShutdownGroup.critical else { return false }
        return await workers[pod.id]?.evict(because: message) ?? false
    }
}

extension PodWorker {
    /// Source: facts of kubelet, §6.3: one second to leave, and no condition, as it is the pod's own doing. One that is
    /// being ended has no longer, either; one that has ended has nothing to leave.
    fileprivate func evict(because message: String) async -> Bool {
        guard !hasEnded, status?.isFinal != true else { return false }
        let event = PodEvent.evicted(message)
        let before = desired
        want(
            .terminated(
                desired.pod,
                Termination(grace: .seconds(1), reason: event.reason, message: message, removesEverything: false)))
        guard desired != before else { return false }
        Logger.current.notice("Pod is evicted", metadata: ["pod": "\(namespace)/\(name)", "reason": "\(message)"])
        await tell(event)
        return true
    }
}
