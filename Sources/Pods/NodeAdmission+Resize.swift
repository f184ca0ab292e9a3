/// Why a pod does not have the amounts that it asks for: what the condition `PodResizePending` says.
package struct PendingResize: Equatable, Sendable {
    package enum Reason: String, Sendable {
        /// It may fit once others have gone, or ask for less.
        case deferred = "Deferred"
        /// Not on this node, whoever goes.
        case infeasible = "Infeasible"
    }

    package var reason: Reason
    package var message: String
    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }
}

/// Other amounts of cpu and memory for a pod that is here.
struct Resize {
    /// The pod as it is, with what it was given.
    let given: Pod
    /// The pod as it is to be.
    let wished: Pod

    /// It asks for more than it has. Source: kubernetes `isResizeIncreasingRequests`.
    var isIncrease: Bool {
        let (old, new) = (given.requests, wished.requests)
        return ["cpu", "memory"].contains { (new[$0] ?? 0) > (old[$0] ?? 0) }
    }
}

extension NodeAdmission {
    enum ResizeVerdict: Equatable {
        case granted
        /// Not now; room is made by ending these, first of all of the resource that is named.
        case pending(PendingResize, preempting: [Pod.ID] = [], for: String = "")
    }

    /// Whether the pod gets what it asks for now. A pure function; ``active`` are the others, with what they were given.
    ///
    /// Source: kubernetes `pkg/kubelet/allocation/handlers.go` and `allocation_manager.go`. That a pod asks for more
    /// than the node has is since 1.36 told by the API server's plugin `PodResizeValidator`; manifests have none, and
    /// the words are the kubelet's before. `swaps`: the container's memory may be swapped.
    func verdict(on resize: Resize, swaps: (Pod.Container, Pod) -> Bool) -> ResizeVerdict {
        if let message = impossibility(of: resize, swaps: swaps) {
            return .pending(PendingResize(.infeasible, message))
        }
        switch verdict(on: resize.wished) {
        case .taken(let victims, _) where victims.isEmpty: return .granted
        case .taken(let victims, let resource):
            let shortage = shortages(for: resize.wished).first
            return .pending(
                PendingResize(.deferred, shortage?.refusal.message ?? ""), preempting: victims, for: resource)
        case .refused(let refusal): return .pending(PendingResize(.deferred, refusal.message))
        }
    }

    private func impossibility(of resize: Resize, swaps: (Pod.Container, Pod) -> Bool) -> String? {
        // The API server lets no such change through; a manifest with a UID of its own may say anything.
        if resize.given.qosClass != resize.wished.qosClass {
            return "Pod QOS Class may not change as a result of resizing"
        }
        for container in resize.wished.initContainers + resize.wished.containers {
            guard let given = resize.given.container(named: container.name),
                given.requests.memory != container.requests.memory, !given.restartsToResize.contains("memory"),
                swaps(given, resize.given) || swaps(container, resize.wished)
            else { continue }
            return "In-place resize of containers with swap is not supported."
        }
        let requests = resize.wished.requests
        for resource in ["memory", "cpu"] {
            guard let requested = requests[resource], let capacity = allocatable[resource], requested > capacity
            else { continue }
            return "Node didn't have enough capacity: \(resource), requested: \(requested), capacity: \(capacity)"
        }
        return nil
    }
}

/// One that waits to be decided, or decided again.
struct WaitingResize {
    let resize: Resize
    /// Since when it is told of as it is; nil: it was not judged yet.
    let since: Instant?

    /// Who is judged first: those that ask for no more than they have, then the more important, those with guarantees,
    /// and those that have waited longest.
    ///
    /// Source: kubernetes `sortPendingResizes`.
    static func comesBefore(_ one: Self, _ other: Self) -> Bool {
        func rank(_ waiting: Self) -> (Int, Int64, Int) {
            let pod = waiting.resize.wished
            return (
                waiting.resize.isIncrease ? 1 : 0, -Int64(pod.priority), pod.qosClass == .guaranteed ? 0 : 1
            )
        }
        let (first, second) = (rank(one), rank(other))
        if first != second { return first < second }
        switch (one.since, other.since) {
        case (let since?, let last?): return since < last
        case (.some, nil): return true
        default: return false
        }
    }
}
