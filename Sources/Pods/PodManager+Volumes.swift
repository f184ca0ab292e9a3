import Logging

extension PodManager {
    /// What pods refer to has changed: those that waited for it need not wait longer.
    package func tryAgain() async {
        for worker in workers.values { await worker.tryAgain() }
    }
}

extension PodManager {
    /// Ends a pod that has taken more of the node's disks than it may. One of the system's is left alone.
    ///
    /// Source: kubernetes `pkg/kubelet/eviction`, `evictPod`, which leaves pods of manifests alone as well.
    package func evict(_ pod: Pod, because message: String) async {
        guard pod.priority < ShutdownGroup.critical else { return }
        await workers[pod.id]?.evict(because: message)
    }
}

extension PodWorker {
    /// Source: facts of kubelet, §6.3: one second to leave, and no condition, as it is the pod's own doing.
    fileprivate func evict(because message: String) async {
        guard !desired.isTermination else { return }
        let event = PodEvent.evicted(message)
        want(
            .terminated(
                desired.pod,
                Termination(grace: .seconds(1), reason: event.reason, message: message, removesEverything: false)))
        Logger.current.notice("Pod is evicted", metadata: ["pod": "\(fullName)", "reason": "\(message)"])
        await tell(event)
    }
}
