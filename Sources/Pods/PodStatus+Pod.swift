package import Kubernetes

extension PodStatus {
    /// What the API tells of a pod, from what is wanted and what is there. A pure function.
    ///
    /// `previous` is the status told before: it keeps times of transitions, addresses of a sandbox that is gone, and
    /// a phase that is final. Source: facts of kubelet, §3.5, and its recorded requests.
    package init(
        of desired: Desired, observed: Observed, waiting: [String: PodPlan.Waiting] = [:],
        verdicts: ProbeVerdicts = ProbeVerdicts(), hostIPs: [String] = [], resizeProblems: [String] = [],
        previous: PodStatus? = nil, now: Time
    ) {
        self.init()
        let pod = desired.pod
        let isEnded =
            desired.isTermination && observed.sandbox == nil
            && !observed.containers.values.contains(where: \.newest.isRunning)
        func statuses(_ containers: [Pod.Container]) -> [ContainerStatus]? {
            let budget = Self.messageBudget / max(pod.allContainers.count, 1)
            return containers.isEmpty
                ? nil
                : containers.map { container in
                    ContainerStatus(
                        of: container, in: pod, observed.containers[container.name], waiting: waiting[container.name],
                        verdicts: verdicts, previous: previous?.status(of: container.name), isEnded: isEnded,
                        messageBudget: budget)
                }
        }
        initContainerStatuses = statuses(pod.initContainers)
        containerStatuses = statuses(pod.containers)?.sorted { ($0.name ?? "") < ($1.name ?? "") } ?? []
        ephemeralContainerStatuses = statuses(pod.ephemeralContainers)
        settlePhase(of: desired, observed, isEnded: isEnded, previous: previous)
        qosClass = pod.qosClass.rawValue
        showResources(of: pod, observed.sandbox, previous: previous)
        observedGeneration = pod.manifest.metadata?.generation
        startTime = previous?.startTime ?? observed.since?.wall ?? now
        setAddresses(pod, observed, hostIPs, previous)
        conditions = PodConditions(
            desired: desired, observed: observed, status: self, resizeProblems: resizeProblems
        ).all.map { condition in
            var condition = condition
            condition.observedGeneration = condition.observedGeneration ?? observedGeneration
            let last = previous?.conditions?.first { $0.type == condition.type }
            condition.lastTransitionTime = condition.isState(of: last) ? last?.lastTransitionTime ?? now : now
            return condition
        }
    }

    private mutating func setAddresses(
        _ pod: Pod, _ observed: Observed, _ hostIPs: [String], _ previous: PodStatus?
    ) {
        func list<T>(_ addresses: [String], _ make: (String) -> T) -> [T]? {
            addresses.isEmpty ? nil : addresses.prefix(2).map(make)
        }
        hostIP = hostIPs.first
        self.hostIPs = list(hostIPs) { address in
            var ip = HostIP()
            ip.ip = address
            return ip
        }
        var addresses = pod.hostNetwork ? hostIPs : observed.sandbox?.ips ?? []
        if addresses.isEmpty { addresses = (previous?.podIPs ?? []).compactMap(\.ip) }
        podIP = addresses.first
        podIPs = list(addresses) { address in
            var ip = PodIP()
            ip.ip = address
            return ip
        }
    }

    /// Source: facts of kubelet, §3.5 ("Phase"), `getPhase`.
    private mutating func settlePhase(of desired: Desired, _ observed: Observed, isEnded: Bool, previous: PodStatus?) {
        if let phase = previous?.phase, phase == "Failed" || phase == "Succeeded" {
            self.phase = phase
            reason = previous?.reason
            message = previous?.message
            return
        }
        phase = PodPhase(pod: desired.pod, observed: observed, status: self).phase(isEnded: isEnded)
        // An init container has failed, or a debug container goes on: Source: kubernetes `mergePodStatus`, nobody hears of a
        // final phase while something of the pod may still run.
        if isFinal, observed.containers.keys.contains(where: observed.isRunning) {
            phase = previous?.phase ?? "Pending"
            return
        }
        // Also of one whose containers have ended and are not started again, although its sandbox still stands.
        if isEnded || isFinal, case .terminated(_, let termination) = desired, let reason = termination.reason {
            phase = "Failed"
            self.reason = reason
            message = termination.message
        }
    }

    /// Of all termination messages of a pod together, in bytes. Source: facts of kubelet, §3.5.
    private static let messageBudget = 12 << 10
}

extension Desired {
    var isTermination: Bool {
        if case .terminated = self { true } else { false }
    }

    /// The pod is to go, with all that is left of it.
    var isDeletion: Bool {
        if case .terminated(_, let termination) = self { termination.removesEverything } else { false }
    }
}
