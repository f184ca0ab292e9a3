package import FoundationEssentials
import Kubernetes
package import Pods

/// How long pods of the cluster take from their creation until the server shows all their containers running.
///
/// Pods that had begun before the agent are not measured, nor those that waited for a node in the cluster.
/// Source: kubernetes `pkg/kubelet/util/pod_startup_latency_tracker.go`.
package struct PodStarts: Sendable {
    /// One pod's start.
    package struct Start: Equatable, Sendable {
        package var total: Duration
        /// Without the time in which images were pulled and init containers ran.
        package var own: Duration
    }

    private struct Known {
        var isMeasured = false
        /// Containers whose image is being pulled, and since when any is.
        var pulling: Set<String> = []
        var pullsBegan: ContinuousClock.Instant?
        var pullTime = Duration.zero
    }

    private var pods: [Pods.Pod.ID: Known] = [:]

    package init() {}

    /// Takes all the node's pods as the server has them; returns those that are seen to have started.
    package mutating func take(_ all: [ServerPod], at now: Date) -> [Start] {
        var starts: [Start] = []
        for pod in all where pod.mirrors == nil {
            guard var known = pods[pod.id] else {
                if pod.status.startTime == nil, !pod.hasWaitedForNode { pods[pod.id] = Known() }
                continue
            }
            if pod.status.phase == "Failed" || pod.status.phase == "Succeeded" || pod.hasWaitedForNode {
                pods[pod.id] = nil
                continue
            }
            guard !known.isMeasured, pod.hasStarted, let created = pod.created else { continue }
            known.isMeasured = true
            pods[pod.id] = known
            let total = Duration.seconds(max(0, now.timeIntervalSince1970 - Double(created.seconds)))
            starts.append(Start(total: total, own: max(.zero, total - known.pullTime - pod.initTime)))
        }
        // Some go before the node has begun with them: nobody tells that nothing is left of those.
        if pods.count > all.count {
            let ids = Set(all.map(\.id))
            pods = pods.filter { ids.contains($0.key) }
        }
        return starts
    }

    /// An image of a container begins to be pulled, or is pulled no more. Pulls at the same time count once.
    package mutating func pulls(
        _ begins: Bool, container: String, of pod: Pods.Pod.ID, at now: ContinuousClock.Instant
    ) {
        guard var known = pods[pod] else { return }
        if begins {
            if known.pulling.isEmpty { known.pullsBegan = now }
            known.pulling.insert(container)
        } else if known.pulling.remove(container) != nil, known.pulling.isEmpty, let began = known.pullsBegan {
            known.pullTime += began.duration(to: now)
        }
        pods[pod] = known
    }

    /// Nothing is left of a pod.
    package mutating func forget(_ pod: Pods.Pod.ID) { pods[pod] = nil }
}

extension ServerPod {
    /// The scheduler had no node for it at first: that is not the node's time.
    fileprivate var hasWaitedForNode: Bool {
        (status.conditions ?? []).contains {
            $0.type == "PodScheduled" && $0.status == "False" && $0.reason == "Unschedulable"
        }
    }

    fileprivate var hasStarted: Bool {
        guard let containers = status.containerStatuses, !containers.isEmpty else { return false }
        return containers.allSatisfy { $0.state?.running?.startedAt != nil }
    }

    /// In which init containers ran that have ended.
    fileprivate var initTime: Duration {
        (status.initContainerStatuses ?? []).reduce(.zero) { sum, container in
            guard let ended = container.state?.terminated, let from = ended.startedAt, let to = ended.finishedAt else {
                return sum
            }
            return sum + .seconds(max(0, to.seconds - from.seconds))
        }
    }
}
