extension Desired {
    /// When the pod has been active for as long as it may; nil: it may for ever, or has not begun.
    func deadline(_ observed: Observed) -> Instant? {
        guard case .running(let pod) = self, let limit = pod.activeDeadline, let since = observed.since,
            !pod.isFinished(observed)
        else { return nil }
        return since.boot.advanced(by: limit)
    }

    /// The wish that follows when that time has come. Source: facts of kubelet, §3.5.
    func expired(_ observed: Observed, now: Instant) -> Desired? {
        guard let deadline = deadline(observed), deadline <= now else { return nil }
        return .terminated(
            pod,
            Termination(
                grace: max(pod.terminationGracePeriod, .seconds(1)), reason: PodEvent.deadlineExceeded.reason,
                message: PodEvent.deadlineExceeded.message, removesEverything: false))
    }

    /// The wish with the containers that were added to the pod while it ran, which no manifest has.
    func adding(_ observed: Observed) -> Desired {
        guard case .running(var pod) = self else { return self }
        for (name, container) in observed.inOrder {
            guard let added = container.newest.ephemeral, pod.container(named: name) == nil else { continue }
            pod.add(added)
        }
        return .running(pod)
    }
}
