/// What the probes of a pod's containers have decided, each about one instance.
package struct ProbeVerdicts: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var instance: String
        var verdict: ProbeState.Verdict
    }

    private var entries: [String: [Pod.Container.Probe.Kind: Entry]] = [:]

    package init() {}

    package mutating func note(
        _ verdict: ProbeState.Verdict, _ kind: Pod.Container.Probe.Kind, of container: String, _ instance: String
    ) {
        entries[container, default: [:]][kind] = Entry(instance: instance, verdict: verdict)
    }

    package func verdict(
        _ kind: Pod.Container.Probe.Kind, of container: Pod.Container, _ instance: Observed.Instance
    ) -> ProbeState.Verdict? {
        guard container.probes[kind] != nil, let entry = entries[container.name]?[kind] else { return nil }
        return entry.instance == instance.id ? entry.verdict : nil
    }

    /// The API's `started`. Source: facts of kubelet, §3.5.
    package func isStarted(_ container: Pod.Container, _ instance: Observed.Instance) -> Bool {
        guard instance.isRunning else { return false }
        return container.probes[.startup] == nil || verdict(.startup, of: container, instance) == .passing
    }

    /// The API's `ready`. Source: facts of kubelet, §4.6.
    package func isReady(_ container: Pod.Container, _ instance: Observed.Instance) -> Bool {
        guard isStarted(container, instance) else { return false }
        return container.probes[.readiness] == nil || verdict(.readiness, of: container, instance) == .passing
    }

    /// Which probe says that the running instance must end.
    package func condemns(_ container: Pod.Container, _ instance: Observed.Instance) -> Pod.Container.Probe.Kind? {
        guard instance.isRunning else { return nil }
        return [.liveness, .startup].first { verdict($0, of: container, instance) == .failing }
    }
}

extension Pod {
    /// How long a container that its probe ends has to leave. Source: facts of kubelet, §4.3.
    func grace(of container: Container, after kind: Container.Probe.Kind) -> Duration {
        max(container.probes[kind]?.terminationGracePeriod ?? terminationGracePeriod, .seconds(2))
    }
}
