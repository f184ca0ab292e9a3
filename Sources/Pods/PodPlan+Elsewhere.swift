extension PodPlan {
    /// Of a pod whose sandbox, another version's, starts nothing more: what runs goes on, until something is to be started.
    /// Then all of the pod is started in a new one, as when the sandbox has changed otherwise.
    ///
    /// One that must not be started twice is not ended for another's sake, nor anything for somebody's look into the pod.
    mutating func startElsewhere(_ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant) {
        let starting = steps.compactMap(\.startedContainer)
        guard !starting.isEmpty else { return }
        let isForPod = starting.contains { pod.container(named: $0)?.role != .ephemeral }
        let cannotRestart = pod.allContainers.contains {
            $0.role != .ephemeral && observed.isRunning($0.name) && pod.policy(of: $0) == .never
        }
        if isForPod, !cannotRestart {
            steps = []
            return renewSandbox(pod, observed, failures, now)
        }
        // Nor is what runs ended for a successor that cannot come, unless a probe ends it.
        let kept = starting.filter { condemned[$0] == nil }
        steps.removeAll { step in
            if case .stop(let name, _, _, _) = step { return kept.contains(name) }
            return step.startedContainer.map(starting.contains) ?? false
        }
        for name in starting { waiting[name] = .otherVersion }
    }
}

extension PodPlan.Waiting {
    fileprivate static let otherVersion = Self(
        reason: "CreateContainerError",
        message: "pod was started by another version of swiftlet: what runs in it goes on, and nothing can be started "
            + "beside that")
}

extension PodPlan.Step {
    /// The container that it starts, or goes on starting.
    fileprivate var startedContainer: String? {
        switch self {
        case .start(let container, _, _), .postStart(let container): container
        default: nil
        }
    }
}
