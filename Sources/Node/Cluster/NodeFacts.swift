package import Kubernetes

/// What is so of this node: what its object at the API server is made of.
package struct NodeFacts: Equatable, Sendable {
    package var name = ""
    /// Those that the node gives itself, beside what its machine is.
    package var labels: [String: String] = [:]
    package var taints: [Taint] = []
    package var isUnschedulable = false
    package var providerID = ""
    package var addresses: [String] = []
    package var hostname = ""
    package var capacity: [String: Quantity] = [:]
    package var allocatable: [String: Quantity] = [:]
    package var system = NodeSystemInfo()
    /// Largest first.
    package var images: [ContainerImage] = []
    /// Where the kubelet's API listens; `nil`: it does not.
    package var port: Int32?
    package var runtimeHandlers: [NodeRuntimeHandler] = []
    /// Why the node cannot run pods; empty: it can.
    package var problems: [String] = []
    package var isShuttingDown = false
    package var hasMemoryPressure = false
    package var hasDiskPressure = false
    package var hasPIDPressure = false

    package init() {}
}

extension ClusterNode {
    /// Source: kubernetes `pkg/kubelet/kubelet_node_status.go`, `initialNode`.
    package init(_ facts: NodeFacts, now: Time) {
        self.init()
        apiVersion = "v1"
        kind = "Node"
        var metadata = ObjectMeta()
        metadata.name = facts.name
        metadata.labels = facts.ownLabels.merging(facts.labels) { _, given in given }
        metadata.annotations = ["volumes.kubernetes.io/controller-managed-attach-detach": "true"]
        self.metadata = metadata
        var spec = NodeSpec()
        if !facts.taints.isEmpty { spec.taints = facts.taints }
        if facts.isUnschedulable { spec.unschedulable = true }
        if !facts.providerID.isEmpty { spec.providerID = facts.providerID }
        self.spec = spec
        status = NodeStatus(facts, previous: nil, now: now)
    }
}

extension NodeFacts {
    /// Labels that the kubelet keeps right. Source: facts of kubelet, §10.1.
    package var ownLabels: [String: String] {
        [
            "kubernetes.io/hostname": hostname, "kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux",
            "kubernetes.io/arch": system.architecture ?? "", "beta.kubernetes.io/arch": system.architecture ?? "",
        ]
    }
}

extension NodeStatus {
    /// The node's status; what others say of it, taken from `previous`, stays. A pure function.
    package init(_ facts: NodeFacts, previous: NodeStatus?, now: Time) {
        self = previous ?? NodeStatus()
        addresses = facts.addresses.map { NodeAddress("InternalIP", $0) } + [NodeAddress("Hostname", facts.hostname)]
        // Resources of devices that others count stay.
        capacity = (previous?.capacity ?? [:]).merging(facts.capacity) { $1 }
        allocatable = (previous?.allocatable ?? [:]).merging(facts.allocatable) { $1 }
        nodeInfo = facts.system
        images = facts.images
        if let port = facts.port {
            var endpoint = DaemonEndpoint()
            endpoint.Port = port
            var endpoints = NodeDaemonEndpoints()
            endpoints.kubeletEndpoint = endpoint
            daemonEndpoints = endpoints
        }
        runtimeHandlers = facts.runtimeHandlers
        var features = NodeFeatures()
        features.supplementalGroupsPolicy = true
        self.features = features
        declaredFeatures = Self.declared
        let own = facts.conditions
        conditions = own.map { condition in
            var condition = condition
            let last = previous?.conditions?.first { $0.type == condition.type }
            condition.lastHeartbeatTime = now
            condition.lastTransitionTime = last?.status == condition.status ? last?.lastTransitionTime ?? now : now
            return condition
        }
        let types = Set(own.compactMap(\.type))
        conditions = (previous?.conditions ?? []).filter { !types.contains($0.type ?? "") } + (conditions ?? [])
    }

    /// What of newer versions the node can do. Source: facts of kubelet, §10.2.
    private static let declared = [
        "ExtendWebSocketsToKubelet", "InPlacePodLevelResourcesVerticalScaling",
        "InPlacePodVerticalScalingInitContainers",
        "RestartAllContainersOnContainerExits",
    ]

    /// Without what changes by the mere passing of time.
    package var withoutHeartbeats: NodeStatus {
        var status = self
        status.conditions = conditions?.map { condition in
            var condition = condition
            condition.lastHeartbeatTime = nil
            return condition
        }
        return status
    }
}

extension NodeAddress {
    fileprivate init(_ type: String, _ address: String) {
        self.init()
        self.type = type
        self.address = address
    }
}

extension NodeFacts {
    /// Source: facts of kubelet, §10.3; its reasons and messages.
    fileprivate var conditions: [NodeCondition] {
        var problems = problems
        if isShuttingDown { problems.append("node is shutting down") }
        let message = problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]"
        return [
            pressure(
                "MemoryPressure", hasMemoryPressure, ("InsufficientMemory", "SufficientMemory"), "memory available"),
            hasDiskPressure
                ? condition("DiskPressure", true, "KubeletHasDiskPressure", "kubelet has disk pressure")
                : condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            pressure("PIDPressure", hasPIDPressure, ("InsufficientPID", "SufficientPID"), "PID available"),
            problems.isEmpty
                ? condition("Ready", true, "KubeletReady", "kubelet is posting ready status")
                : condition("Ready", false, "KubeletNotReady", message),
        ]
    }

    private func pressure(
        _ type: String, _ isTrue: Bool, _ reasons: (yes: String, no: String), _ what: String
    ) -> NodeCondition {
        isTrue
            ? condition(type, true, "KubeletHas\(reasons.yes)", "kubelet has insufficient \(what)")
            : condition(type, false, "KubeletHas\(reasons.no)", "kubelet has sufficient \(what)")
    }

    private func condition(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) -> NodeCondition {
        var condition = NodeCondition()
        condition.type = type
        condition.status = isTrue ? "True" : "False"
        condition.reason = reason
        condition.message = message
        return condition
    }
}
