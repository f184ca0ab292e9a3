package import Kubernetes

/// One question of a probe, with all that whoever asks it must know.
package struct ProbeQuestion: Sendable {
    package var pod: Pod
    package var container: Pod.Container
    package var probe: Pod.Container.Probe
    /// Where the network's probes go that name no host; nil: the pod has no address.
    package var address: String?

    package init(pod: Pod, container: Pod.Container, probe: Pod.Container.Probe, address: String?) {
        self.pod = pod
        self.container = container
        self.probe = probe
        self.address = address
    }
}

/// What came back. That nothing could be asked is an error instead, which decides nothing.
package struct ProbeAnswer: Equatable, Sendable {
    package enum Outcome: String, Sendable {
        case success
        /// A success that somebody should look at.
        case warning
        case failure
    }

    package var outcome: Outcome
    package var output: String

    package init(_ outcome: Outcome, _ output: String = "") {
        self.outcome = outcome
        self.output = output
    }

    package var isGood: Bool { outcome != .failure }
}

/// One answer as it is remembered.
package struct ProbeNote: Equatable, Sendable {
    package var at: Time
    package var took: Duration
    /// `success`, `warning`, `failure`, `error`.
    package var outcome: String
    package var output: String
    /// Whether it counted for the verdict.
    package var isCounted: Bool
}

/// All that is known of one probe, for people.
package struct ProbeReport: Equatable, Sendable {
    package var container: String
    package var kind: Pod.Container.Probe.Kind
    package var probe: Pod.Container.Probe
    package var verdict: ProbeState.Verdict?
    package var lastIsGood: Bool?
    package var inARow: Int
    /// Oldest first.
    package var notes: [ProbeNote]
}

extension PodEvent {
    /// Source: facts of kubelet, §4.5.
    static func probe(_ kind: Pod.Container.Probe.Kind, _ answer: ProbeAnswer, of container: String) -> Self? {
        switch answer.outcome {
        case .success: nil
        case .warning:
            Self(.warning, "ProbeWarning", "\(kind.word) probe warning: \(answer.output)", container: container)
        case .failure:
            Self(.warning, "Unhealthy", "\(kind.word) probe failed: \(answer.output)", container: container)
        }
    }

    static func probe(_ kind: Pod.Container.Probe.Kind, errored error: any Error, of container: String) -> Self {
        Self(
            .warning, "Unhealthy", "\(kind.word) probe errored and resulted in unknown state: \(error)",
            container: container)
    }

    /// - Parameter isLast: the container is not started again.
    static func killing(_ container: String, failed kind: Pod.Container.Probe.Kind, isLast: Bool) -> Self {
        Self(
            .normal, "Killing",
            "Container \(container) failed \(kind.rawValue) probe" + (isLast ? "" : ", will be restarted"),
            container: container)
    }
}

extension Pod.Container.Probe.Kind {
    /// As events begin.
    fileprivate var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}
