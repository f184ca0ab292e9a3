import Kubernetes

extension Kubernetes.Pod {
    /// Leaves out what changes with every answer of the server, so that two looks at the same wish are equal: versions,
    /// and the status but for what the node is to go by.
    mutating func keepOnlyWhatIsWished() {
        metadata?.resourceVersion = nil
        metadata?.managedFields = nil
        var annotations = metadata?.annotations ?? [:]
        annotations["kubernetes.io/config.source"] = PodSource.api.rawValue
        // When it was seen first must not depend on which agent saw it.
        annotations["kubernetes.io/config.seen"] = metadata?.creationTimestamp?.description
        metadata?.annotations = annotations
        let gates = Set((spec?.readinessGates ?? []).compactMap(\.conditionType))
        var wished = PodStatus()
        wished.conditions = status?.conditions?.filter { gates.contains($0.type ?? "") }
        if status?.isFinal == true {
            (wished.phase, wished.reason, wished.message) = (status?.phase, status?.reason, status?.message)
        }
        status = wished == PodStatus() || wished.conditions?.isEmpty == true && wished.phase == nil ? nil : wished
    }
}

extension PodStatus {
    /// The pod has ended for good. Source: facts of kubelet, §18: a phase never leaves it.
    package var isFinal: Bool { phase == "Failed" || phase == "Succeeded" }
}

extension Pod {
    /// The cluster knows it as one that has ended for good.
    var hasEnded: Bool { source == .api && manifest.status?.isFinal == true }

    /// What the node is to do about it.
    var wish: Desired {
        if let deletionGrace {
            return .terminated(self, Termination(grace: max(deletionGrace, .seconds(1))))
        }
        if hasEnded {
            // Nothing of it is started again, and what is told of it stays.
            let reason = manifest.status?.phase == "Failed" ? manifest.status?.reason : nil
            return .terminated(
                self,
                Termination(
                    grace: terminationGracePeriod, reason: reason,
                    message: reason.flatMap { _ in manifest.status?.message },
                    removesEverything: false))
        }
        if let refusal {
            return .terminated(
                self, .refusal(.init(reason: "UnsupportedPodFields", message: refusal.description)))
        }
        return .running(self)
    }
}
