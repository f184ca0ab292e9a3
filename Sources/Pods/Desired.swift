import Kubernetes

/// What the node wants of a pod.
package enum Desired: Equatable, Sendable {
    case running(Pod)
    case terminated(Pod, Termination)

    package var pod: Pod {
        switch self {
        case .running(let pod), .terminated(let pod, _): pod
        }
    }
}

/// How and why a pod ends.
package struct Termination: Equatable, Sendable {
    /// How long each container may take to leave by itself. Only ever shrinks.
    package var grace: Duration
    /// What becomes the status' reason, e.g. `Evicted`, with its message. Nil: it was deleted.
    package var reason: String?
    package var message: String?
    /// The node ended it for its own sake: what the condition `DisruptionTarget` says.
    package var disruption: String?
    /// Whether records, logs and writable layers go as well. Otherwise they stay until the pod is removed.
    package var removesEverything: Bool

    package init(grace: Duration, reason: String? = nil, message: String? = nil, removesEverything: Bool = true) {
        self.grace = grace
        self.reason = reason
        self.message = message
        self.removesEverything = removesEverything
    }

    /// Whether ended containers go with their logs although the pod stays: the node ended it for want of room.
    ///
    /// Source: kubernetes `pkg/kubelet/pod_workers.go`, ShouldPodContentBeRemoved: pods that were evicted, and those that
    /// made room for others. Told by the reason, as the cluster knows that after the agent's end, too.
    var removesContainers: Bool { removesEverything || reason == "Evicted" || reason == "Preempting" }

    /// The pod's source no longer has it: stop it with its own grace period and leave no trace.
    package static func deletion(of pod: Pod) -> Self {
        Self(grace: max(pod.deletionGrace ?? pod.terminationGracePeriod, .seconds(1)))
    }
}

extension Desired {
    /// The wish that follows from this one and a later one: termination is for good, its grace only shrinks.
    func changed(to wish: Desired) -> Desired {
        if case .running(let pod) = self, case .running(let next) = wish {
            return .running(next.keepingFirstSeen(of: pod).keepingEphemeral(of: pod))
        }
        guard case .terminated(_, let old) = self else { return wish }
        guard case .terminated(let pod, var new) = wish else { return self }
        new.grace = min(old.grace, new.grace)
        new.removesEverything = old.removesEverything || new.removesEverything
        new.reason = old.reason ?? new.reason
        new.message = old.reason == nil ? new.message : old.message
        new.disruption = old.reason == nil ? new.disruption : old.disruption
        return .terminated(pod, new)
    }
}

extension Pod {
    /// No manifest has what was added while the pod ran.
    fileprivate func keepingEphemeral(of earlier: Pod) -> Pod {
        var pod = self
        for added in earlier.manifest.spec?.ephemeralContainers ?? []
        where pod.container(named: added.name ?? "") == nil {
            pod.add(added)
        }
        return pod
    }

    /// A pod read again was seen first when it was first read. Source: facts of kubelet, §2.1.
    package func keepingFirstSeen(of earlier: Pod) -> Pod {
        let key = "kubernetes.io/config.seen"
        guard let seen = earlier.annotations[key] else { return self }
        var pod = self
        pod.annotations[key] = seen
        pod.manifest.metadata?.annotations?[key] = seen
        return pod
    }
}
