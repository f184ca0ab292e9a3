package import Kubernetes

/// What the API calls a pod's phase, from the states of its containers.
///
/// Source: facts of kubelet, §3.5 ("Phase"), `getPhase`.
struct PodPhase {
    let pod: Pod
    let observed: Observed
    let status: PodStatus

    /// `isEnded`: it was to end, and nothing of it runs any more.
    func phase(isEnded: Bool) -> String {
        let outdated = pod.outdated(observed)
        let initial = pod.initContainers.map { ($0, status.status(of: $0.name)) }
        if initial.contains(where: { hasFailed($0.0, outdated) }) { return "Failed" }
        let own = pod.containers.map { ($0, status.status(of: $0.name)) }
        let isInitialized = own.contains { observed.containers[$0.0.name] != nil }
        if initial.contains(where: { isPending($0.0, $0.1, isInitialized: isInitialized) }) { return "Pending" }
        if own.contains(where: { $0.1?.state?.waiting != nil && $0.1?.lastState?.terminated == nil }) {
            return "Pending"
        }
        if (initial + own).contains(where: { $0.1?.state?.running != nil || hasStarted($0.0) }) { return "Running" }
        let ends = own.map { $0.1?.state?.terminated }
        let allSucceeded = ends.allSatisfy { $0?.exitCode == 0 }
        if isEnded, pod.source == .api { return allSucceeded ? "Succeeded" : "Failed" }
        let restarts = own.contains { container, status in
            guard status?.state?.waiting == nil, !outdated.contains(container.name) else { return true }
            guard let exit = observed.containers[container.name]?.newest.exit else { return false }
            return pod.restarts(container, after: exit)
        }
        if restarts { return "Running" }
        return allSucceeded ? "Succeeded" : "Failed"
    }

    /// It runs, although nobody is told before its hook is through.
    private func hasStarted(_ container: Pod.Container) -> Bool { observed.isRunning(container.name) }

    private func hasFailed(_ container: Pod.Container, _ outdated: Set<String>) -> Bool {
        guard container.role == .initial, !outdated.contains(container.name),
            let exit = observed.containers[container.name]?.newest.exit, exit.isFailure
        else { return false }
        return !pod.restarts(container, after: exit)
    }

    private func isPending(_ container: Pod.Container, _ status: ContainerStatus?, isInitialized: Bool) -> Bool {
        if isInitialized { return false }
        if container.role == .sidecar {
            if status?.state?.running != nil { return status?.started != true }
            return status?.state?.waiting != nil && status?.lastState?.terminated == nil
        }
        guard let ended = status?.state?.terminated else { return true }
        return ended.exitCode != 0
    }
}

extension PodStatus {
    /// Of a container of any kind.
    func status(of container: String) -> ContainerStatus? {
        allContainerStatuses.first { $0.name == container }
    }

    /// Of all containers, of whatever kind.
    package var allContainerStatuses: [ContainerStatus] {
        (initContainerStatuses ?? []) + (containerStatuses ?? []) + (ephemeralContainerStatuses ?? [])
    }
}
