package import Kubernetes

extension PodStatus {
    /// The status of a pod of which nothing is left: whatever it was, it does not run any more.
    ///
    /// Source: facts of kubelet, §3.6, step 7.
    package var ended: PodStatus {
        guard !isFinal else { return self }
        var status = self
        status.phase = "Failed"
        status.initContainerStatuses = initContainerStatuses?.map(\.ended)
        status.containerStatuses = containerStatuses?.map(\.ended)
        status.ephemeralContainerStatuses = ephemeralContainerStatuses?.map(\.ended)
        status.conditions = conditions?.map { condition in
            var condition = condition
            if condition.type == "Ready" || condition.type == "ContainersReady" {
                (condition.status, condition.reason, condition.message) = ("False", "PodFailed", nil)
            }
            return condition
        }
        return status
    }
}

extension ContainerStatus {
    fileprivate var ended: ContainerStatus {
        guard state?.terminated == nil else { return self }
        var status = self
        var terminated = ContainerStateTerminated()
        terminated.exitCode = 137
        terminated.reason = "ContainerStatusUnknown"
        terminated.message = "The container could not be located when the pod was terminated"
        status.state = ContainerState()
        status.state?.terminated = terminated
        status.ready = false
        status.started = false
        return status
    }
}
