package import Kubernetes

extension PodStatus {
    /// What the API tells of a pod, from what is wanted and what is there. A pure function.
    ///
    /// `previous` is the status told before: it keeps times of transitions, addresses of a sandbox that is gone, and
    /// a phase that is final. Source: facts of kubelet, §3.5, and its recorded requests.
    package init(
        of desired: Desired, observed: Observed, waiting: [String: PodPlan.Waiting] = [:],
        verdicts: ProbeVerdicts = ProbeVerdicts(), hostIPs: [String] = [],
        previous: PodStatus? = nil, now: Time
    ) {
        self.init()
        let pod = desired.pod
        let isEnded =
            desired.isTermination && observed.sandbox == nil
            && !observed.containers.values.contains(where: \.newest.isRunning)
        containerStatuses = pod.containers.map { container in
            let last = previous?.containerStatuses?.first { $0.name == container.name }
            return ContainerStatus(
                of: container, observed.containers[container.name], waiting: waiting[container.name],
                verdicts: verdicts, previous: last, isEnded: isEnded)
        }.sorted { ($0.name ?? "") < ($1.name ?? "") }
        settlePhase(of: desired, isEnded: isEnded, previous: previous)
        qosClass = pod.qosClass.rawValue
        startTime = previous?.startTime ?? now
        setAddresses(pod, observed, hostIPs, previous)
        conditions = PodConditions(pod: pod, observed: observed, status: self).all.map { condition in
            var condition = condition
            let last = previous?.conditions?.first { $0.type == condition.type }
            let isUnchanged = last?.status == condition.status
            condition.lastTransitionTime = isUnchanged ? last?.lastTransitionTime ?? now : now
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
    private mutating func settlePhase(of desired: Desired, isEnded: Bool, previous: PodStatus?) {
        if let phase = previous?.phase, phase == "Failed" || phase == "Succeeded" {
            self.phase = phase
            reason = previous?.reason
            message = previous?.message
            return
        }
        if isEnded, case .terminated(_, let termination) = desired, let reason = termination.reason {
            phase = "Failed"
            self.reason = reason
            message = termination.message
            return
        }
        phase = phase(of: desired.pod, isEnded: isEnded)
    }

    private func phase(of pod: Pod, isEnded: Bool) -> String {
        let statuses = containerStatuses ?? []
        let running = statuses.contains { $0.state?.running != nil }
        let terminated = statuses.compactMap { $0.state?.terminated }
        let isPending = statuses.contains { $0.state?.waiting != nil && $0.lastState?.terminated == nil }
        if isPending { return "Pending" }
        if running { return "Running" }
        let allSucceeded = terminated.count == statuses.count && terminated.allSatisfy { $0.exitCode == 0 }
        if isEnded, pod.source == .api { return allSucceeded ? "Succeeded" : "Failed" }
        let restarts =
            statuses.contains { $0.state?.waiting != nil }
            || terminated.contains { pod.restartPolicy.restarts(after: $0.exitCode ?? 0) }
        if restarts { return "Running" }
        return allSucceeded ? "Succeeded" : "Failed"
    }
}

extension Desired {
    var isTermination: Bool {
        if case .terminated = self { true } else { false }
    }
}
