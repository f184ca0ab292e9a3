extension PodPlan {
    /// How far a pod is before its own containers.
    enum Initialization {
        case going([Step])
        /// Its own containers run, or may; the steps keep sidecars up.
        case done([Step])
        /// A container that had to succeed did not, and is not tried again.
        case failed
    }

    /// Whose turn it is. Source: facts of kubelet, §3.4 ("init handling").
    mutating func initialize(
        _ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant
    ) -> Initialization {
        func isHere(_ container: Pod.Container) -> Bool { instance(of: container, observed) != nil }
        // Once a container has begun, those before it are not run again in this sandbox.
        let isInitialized = pod.containers.contains(where: isHere)
        let reached =
            isInitialized ? pod.initContainers.count : pod.initContainers.lastIndex(where: isHere) ?? 0
        var steps: [Step] = []
        for container in pod.initContainers[..<reached] where container.role == .sidecar {
            steps += self.steps(for: container, of: pod, observed, failures, now)
        }
        for container in pod.initContainers[reached...] {
            switch turn(of: container, pod, observed, failures, now) {
            case .done(let own): steps += own
            case .going(let own): return .going(steps + own)
            case .failed: return .failed
            }
        }
        return .done(steps)
    }

    private mutating func turn(
        of container: Pod.Container, _ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant
    ) -> Initialization {
        guard let instance = instance(of: container, observed) else {
            guard let old = observed.containers[container.name]?.newest, !outdated.contains(container.name) else {
                return .going(steps(for: container, of: pod, observed, failures, now))
            }
            // Of an earlier sandbox: what it did there is to be done again.
            return .going(start(container, restartCount: old.restartCount + 1, attempt: 0, failures, now))
        }
        switch (container.role, instance.exit) {
        case (.sidecar, _):
            let own = steps(for: container, of: pod, observed, failures, now)
            return isStarted(container, instance, pod, observed) && own.isEmpty ? .done([]) : .going(own)
        case (_, nil): return .going(resize(container, instance, of: pod, failures, now))
        case (_, let exit?) where !exit.isFailure: return .done([])
        case (_, let exit?) where !pod.restarts(container, after: exit): return .failed
        default: return .going(steps(for: container, of: pod, observed, failures, now))
        }
    }

    /// The newest instance, if it belongs to the sandbox and is not to start anew.
    func instance(of container: Pod.Container, _ observed: Observed) -> Observed.Instance? {
        guard let instance = observed.containers[container.name]?.newest, !outdated.contains(container.name),
            instance.sandbox == observed.sandbox?.id || instance.sandbox.isEmpty
        else { return nil }
        return instance
    }

    /// Whether the containers behind a sidecar may begin. Once they have, its startup holds nobody up any more.
    private func isStarted(
        _ sidecar: Pod.Container, _ instance: Observed.Instance, _ pod: Pod, _ observed: Observed
    ) -> Bool {
        guard instance.isRunning, !instance.awaitsPostStart else { return false }
        return verdicts.isStarted(sidecar, instance)
            || pod.containers.contains { self.instance(of: $0, observed) != nil }
    }
}
