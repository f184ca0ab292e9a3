import Kubernetes

extension ContainerStatus {
    /// What the container was given: what its pod says of it, and of an instance that runs what it has really.
    ///
    /// A limit that it has of its pod's is shown beside another of its own only. Source: kubernetes `kubelet_pods.go`,
    /// `convertContainerStatusResources`; that something is here at all tells the API server that the node can resize.
    mutating func showResources(of container: Pod.Container, in pod: Pod, _ instance: Observed.Instance) {
        let asked = pod.manifest.spec?.resources(of: container.name) ?? ResourceRequirements()
        allocatedResources = asked.requests
        resources = asked
        guard instance.isRunning, let given = instance.allocation else { return }
        if asked.limits?.isEmpty == false {
            resources?.limits?.show(cpu: given.cpuLimit, least: Allocation.leastLimit)
            resources?.limits?.show(memory: given.memoryLimit)
        }
        if asked.requests?.isEmpty == false {
            // Without a request it weighs what its limit says.
            let weighed = max(given.cpuRequest ?? given.cpuLimit ?? MilliCPU(0), Allocation.leastRequest)
            resources?.requests?.show(cpu: weighed, least: Allocation.leastRequest)
            if let memory = given.memoryRequest, memory != asked.requests?["memory"].map({ ByteCount($0.value) }) {
                resources?.requests?.show(memory: memory)
            }
        }
    }
}

extension PodStatus {
    /// What the pod was given as a whole, and what the kernel makes of it while it runs.
    ///
    /// Source: kubernetes `kubelet_pods.go`, `convertToAPIPodLevelResourcesStatus`
    /// (`InPlacePodLevelResourcesVerticalScaling`): pods that say nothing of themselves as a whole have it, too.
    mutating func showResources(of pod: Pod, _ sandbox: Observed.Sandbox?, previous: PodStatus?) {
        var spec = pod.manifest.spec ?? PodSpec()
        if spec.overhead == nil { spec.overhead = pod.overhead.quantities }
        let requests = spec.totalRequests
        allocatedResources = requests.isEmpty ? nil : requests
        var given = ResourceRequirements()
        guard phase == "Running" else {
            let limits = spec.totalLimits
            (given.requests, given.limits) = (allocatedResources, limits.isEmpty ? nil : limits)
            resources = given
            return
        }
        if sandbox?.enforced == nil, previous?.phase == phase, let last = previous?.resources {
            resources = last
            return
        }
        var (asked, limits) = (spec.resources?.requests ?? [:], spec.resources?.limits ?? [:])
        // No group tells of it: what was told once of one that the pod names stays, whatever it asks for since then.
        let told = previous?.phase == phase ? previous?.resources?.requests?["memory"] : nil
        asked["memory"] = asked["memory"].flatMap { _ in told } ?? requests["memory"]
        if let enforced = sandbox?.enforced {
            asked.show(cpu: enforced.cpuRequest, least: Allocation.leastRequest)
            limits.show(cpu: enforced.cpuLimit, least: Allocation.leastLimit)
            limits.show(memory: enforced.memoryLimit)
        }
        (given.requests, given.limits) = (asked.isEmpty ? nil : asked, limits.isEmpty ? nil : limits)
        resources = given
    }
}

extension Allocation {
    /// What the kernel makes of each smaller limit, and request. Source: kubelet, `MinMilliCPULimit`, `MinShares`.
    fileprivate static let leastLimit = MilliCPU(10)
    fileprivate static let leastRequest = MilliCPU(2)
}

extension [String: Quantity] {
    /// An amount that the kernel cannot tell from what is asked for is told as that.
    fileprivate mutating func show(cpu: MilliCPU?, least: MilliCPU) {
        guard let cpu, cpu.thousandths > 0, cpu > least || MilliCPU(self["cpu"]?.milliValue ?? 0) > least else {
            return
        }
        self["cpu"] = Quantity(milli: cpu.thousandths)
    }

    /// The kubelet writes it so, however the manifest does.
    fileprivate mutating func show(memory: ByteCount?) {
        guard let memory, memory.bytes > 0 else { return }
        self["memory"] = Quantity(memory.bytes, format: .binarySI)
    }
}

extension ResourceAmounts {
    /// As the API writes them; nil: there are none.
    fileprivate var quantities: [String: Quantity]? {
        var amounts: [String: Quantity] = [:]
        amounts["cpu"] = cpu.map { Quantity(milli: $0.thousandths) }
        amounts["memory"] = memory.map { Quantity($0.bytes, format: .binarySI) }
        amounts["ephemeral-storage"] = disk.map { Quantity($0.bytes, format: .binarySI) }
        return amounts.isEmpty ? nil : amounts
    }
}

extension PodSpec {
    fileprivate func resources(of container: String) -> ResourceRequirements? {
        for found in (containers ?? []) + (initContainers ?? []) where found.name == container {
            return found.resources
        }
        return nil
    }
}
