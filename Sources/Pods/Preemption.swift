/// Which pods are ended so that a critical one fits. A pure function.
///
/// Source: kubernetes `pkg/kubelet/preemption`, whose order and words these are: as few pods as possible, and of those
/// with guarantees only what the others cannot make up for.
struct Preemption {
    private let candidates: [Candidate]

    /// There is not enough to be had from pods that may be ended.
    struct Impossible: Error, Equatable, CustomStringConvertible {
        var missing: [Requirement]
        var description: String {
            "preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: ["
                + missing.map { "(res: \($0.resource), q: \($0.amount)), " }.joined() + "]"
        }
    }

    /// How much of a resource must become free.
    struct Requirement: Equatable {
        var resource: String
        var amount: Int64
    }

    private struct Candidate {
        let id: Pod.ID
        let qosClass: Pod.QoSClass
        let requests: ResourceAmounts

        init(_ pod: Pod) {
            (id, qosClass, requests) = (pod.id, pod.qosClass, pod.freedRequests)
        }

        func gives(_ resource: String) -> Int64 { resource == "pods" ? 1 : requests[resource] ?? 0 }
    }

    init(for pod: Pod, among others: [Pod]) {
        candidates = others.filter { Self.mayEnd($0, for: pod) }.map(Candidate.init)
    }

    /// Source: kubernetes `pkg/kubelet/types`, `Preemptable`. A manifest's pod without a priority has none to compare.
    private static func mayEnd(_ other: Pod, for pod: Pod) -> Bool {
        if pod.isCritical && !other.isCritical { return true }
        guard pod.hasPriority, other.hasPriority else { return false }
        return pod.priority > other.priority
    }

    func victims(for shortages: [Shortage]) throws(Impossible) -> [Pod.ID] {
        let needs = shortages.map { Requirement(resource: $0.resource, amount: $0.missing) }
        let rest = Self.rest(of: needs, without: candidates)
        guard rest.isEmpty else { throw Impossible(missing: rest) }
        func all(_ qosClass: Pod.QoSClass) -> [Candidate] { candidates.filter { $0.qosClass == qosClass } }
        let (bestEffort, burstable) = (all(.bestEffort), all(.burstable))
        let guaranteed = try Self.fewest(
            of: all(.guaranteed), for: Self.rest(of: needs, without: bestEffort + burstable))
        let ended = try Self.fewest(of: burstable, for: Self.rest(of: needs, without: bestEffort + guaranteed))
        let first = try Self.fewest(of: bestEffort, for: Self.rest(of: needs, without: ended + guaranteed))
        return (first + ended + guaranteed).map(\.id)
    }

    private static func rest(of needs: [Requirement], without pods: [Candidate]) -> [Requirement] {
        needs.compactMap { need in
            let rest = Int128(need.amount) - pods.reduce(0) { $0 + Int128($1.gives(need.resource)) }
            return rest > 0 ? Requirement(resource: need.resource, amount: Int64(clamping: rest)) : nil
        }
    }

    /// One after the other, each time the pod that brings what is needed nearest; of two the one that asks for less.
    private static func fewest(of pods: [Candidate], for needs: [Requirement]) throws(Impossible) -> [Candidate] {
        var (pods, needs, chosen) = (pods, needs, [Candidate]())
        while !needs.isEmpty {
            let distances = pods.map { distance(of: needs, to: $0) }
            guard var best = pods.indices.first else { throw Impossible(missing: needs) }
            for index in pods.indices.dropFirst() {
                let isNearer = distances[index] < distances[best]
                if isNearer || distances[index] == distances[best] && asksNoMore(pods[index], pods[best]) {
                    best = index
                }
            }
            needs = rest(of: needs, without: [pods[best]])
            chosen.append(pods[best])
            // The order of what is left matters to ties, and is the kubelet's.
            pods.swapAt(best, pods.count - 1)
            pods.removeLast()
        }
        return chosen
    }

    /// The squares of what would still be missing, as parts of what is needed.
    private static func distance(of needs: [Requirement], to pod: Candidate) -> Double {
        needs.reduce(0) { sum, need in
            let missing = Int128(need.amount) - Int128(pod.gives(need.resource))
            let part = Double(max(0, missing)) / Double(need.amount)
            return sum + part * part
        }
    }

    private static func asksNoMore(_ one: Candidate, _ other: Candidate) -> Bool {
        for resource in ["memory", "cpu"] where one.gives(resource) != other.gives(resource) {
            return one.gives(resource) < other.gives(resource)
        }
        return true
    }
}

extension Termination {
    /// It makes room for a critical pod.
    static func preemption(of pod: Pod) -> Self {
        var termination = Self(
            grace: max(pod.terminationGracePeriod, .seconds(1)), reason: "Preempting",
            message: "Preempted in order to admit critical pod", removesEverything: false)
        termination.disruption = "Pod was preempted by Kubelet to accommodate a critical pod."
        return termination
    }
}

extension Pod {
    /// What is made free by its end, as preemption counts it: of a pod of which anything is said as a whole, nothing
    /// that its containers ask for.
    ///
    /// Source: kubernetes `pkg/api/v1/resource`, `GetResourceRequestQuantity`.
    fileprivate var freedRequests: ResourceAmounts {
        guard let resources, !resources.requests.isEmpty || !resources.limits.isEmpty else { return requests }
        var pod = self
        pod.containers = []
        pod.initContainers = []
        return pod.requests
    }
}
