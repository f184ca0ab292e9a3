import Kubernetes

extension PodManager {
    /// Says of a pod of the cluster that waits for its name what is said of one that has just come: it is Pending, and its
    /// containers are not made yet.
    func tellWaiting(_ pod: Pod) async {
        guard pod.source == .api, waiting[pod.id] == nil else { return }
        waiting[pod.id] = pod
        let previous = await environment.lastStatus(pod.id)
        // Meanwhile it may have begun, or be gone.
        guard !canBegin(pod), workers[pod.id] == nil, isWanted(pod.id) else { return }
        let status = PodStatus(
            of: .running(pod), observed: Observed(), hostIPs: environment.hostIPs(), previous: previous,
            now: environment.wallClock())
        await environment.sink.report(status, of: pod)
    }

    /// Those that are gone before they began.
    func forgetWaiting(except wanted: Set<Pod.ID>) async {
        for pod in waiting.values where !wanted.contains(pod.id) {
            waiting[pod.id] = nil
            await environment.sink.forget(pod)
        }
    }
}

extension PodManager {
    /// What pods refer to has changed: those that waited for it need not wait longer.
    package func tryAgain() async {
        for worker in workers.values { await worker.tryAgain() }
    }
}
