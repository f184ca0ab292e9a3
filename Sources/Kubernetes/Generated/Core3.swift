// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `LoadBalancerStatus`.
package struct LoadBalancerStatus: Codable, Equatable, Sendable {
    package var ingress: [LoadBalancerIngress]?
    package init() {}
}

/// `core/v1` `LocalObjectReference`.
package struct LocalObjectReference: Codable, Equatable, Sendable {
    package var name: String?
    package init() {}
}

/// `core/v1` `Node`.
package struct ClusterNode: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<NodeSpec>?
    private var _status: Box<NodeStatus>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
        case _status = "status"
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: NodeSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }

    package var status: NodeStatus? {
        get { _status?.value }
        set { _status = newValue.map(Box.init) }
    }
}

/// `core/v1` `NodeAddress`.
package struct NodeAddress: Codable, Equatable, Sendable {
    package var address: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `NodeAffinity`.
package struct NodeAffinity: Codable, Equatable, Sendable {
    package var preferredDuringSchedulingIgnoredDuringExecution: [PreferredSchedulingTerm]?
    package var requiredDuringSchedulingIgnoredDuringExecution: NodeSelector?
    package init() {}
}

/// `core/v1` `NodeAllocatableResourceClaimStatus`.
package struct NodeAllocatableResourceClaimStatus: Codable, Equatable, Sendable {
    package var containers: [String]?
    package var resourceClaimName: String?
    package var resources: [String: Quantity]?
    package init() {}
}

/// `core/v1` `NodeCondition`.
package struct NodeCondition: Codable, Equatable, Sendable {
    package var lastHeartbeatTime: Time?
    package var lastTransitionTime: Time?
    package var message: String?
    package var reason: String?
    package var status: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `NodeConfigSource`.
package struct NodeConfigSource: Codable, Equatable, Sendable {
    private var _configMap: Box<ConfigMapNodeConfigSource>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case _configMap = "configMap"
    }

    package var configMap: ConfigMapNodeConfigSource? {
        get { _configMap?.value }
        set { _configMap = newValue.map(Box.init) }
    }
}

/// `core/v1` `NodeConfigStatus`.
package struct NodeConfigStatus: Codable, Equatable, Sendable {
    package var active: NodeConfigSource?
    package var assigned: NodeConfigSource?
    package var error: String?
    package var lastKnownGood: NodeConfigSource?
    package init() {}
}

/// `core/v1` `NodeDaemonEndpoints`.
package struct NodeDaemonEndpoints: Codable, Equatable, Sendable {
    package var kubeletEndpoint: DaemonEndpoint?
    package init() {}
}

/// `core/v1` `NodeFeatures`.
package struct NodeFeatures: Codable, Equatable, Sendable {
    package var supplementalGroupsPolicy: Bool?
    package init() {}
}

/// `core/v1` `NodeRuntimeHandler`.
package struct NodeRuntimeHandler: Codable, Equatable, Sendable {
    package var features: NodeRuntimeHandlerFeatures?
    package var name: String?
    package init() {}
}

/// `core/v1` `NodeRuntimeHandlerFeatures`.
package struct NodeRuntimeHandlerFeatures: Codable, Equatable, Sendable {
    package var recursiveReadOnlyMounts: Bool?
    package var userNamespaces: Bool?
    package init() {}
}

/// `core/v1` `NodeSelector`.
package struct NodeSelector: Codable, Equatable, Sendable {
    package var nodeSelectorTerms: [NodeSelectorTerm]?
    package init() {}
}

/// `core/v1` `NodeSelectorRequirement`.
package struct NodeSelectorRequirement: Codable, Equatable, Sendable {
    package var key: String?
    package var `operator`: String?
    package var values: [String]?
    package init() {}
}

/// `core/v1` `NodeSelectorTerm`.
package struct NodeSelectorTerm: Codable, Equatable, Sendable {
    package var matchExpressions: [NodeSelectorRequirement]?
    package var matchFields: [NodeSelectorRequirement]?
    package init() {}
}

/// `core/v1` `NodeSpec`.
package struct NodeSpec: Codable, Equatable, Sendable {
    package var configSource: NodeConfigSource?
    package var externalID: String?
    package var podCIDR: String?
    package var podCIDRs: [String]?
    package var providerID: String?
    package var taints: [Taint]?
    package var unschedulable: Bool?
    package init() {}
}

/// `core/v1` `NodeStatus`.
package struct NodeStatus: Codable, Equatable, Sendable {
    package var addresses: [NodeAddress]?
    package var allocatable: [String: Quantity]?
    package var capacity: [String: Quantity]?
    package var conditions: [NodeCondition]?
    package var config: NodeConfigStatus?
    package var daemonEndpoints: NodeDaemonEndpoints?
    package var declaredFeatures: [String]?
    package var features: NodeFeatures?
    package var images: [ContainerImage]?
    private var _nodeInfo: Box<NodeSystemInfo>?
    package var phase: String?
    package var runtimeHandlers: [NodeRuntimeHandler]?
    package var volumesAttached: [AttachedVolume]?
    package var volumesInUse: [String]?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case addresses
        case allocatable
        case capacity
        case conditions
        case config
        case daemonEndpoints
        case declaredFeatures
        case features
        case images
        case _nodeInfo = "nodeInfo"
        case phase
        case runtimeHandlers
        case volumesAttached
        case volumesInUse
    }

    package var nodeInfo: NodeSystemInfo? {
        get { _nodeInfo?.value }
        set { _nodeInfo = newValue.map(Box.init) }
    }
}

/// `core/v1` `NodeSwapStatus`.
package struct NodeSwapStatus: Codable, Equatable, Sendable {
    package var capacity: Int64?
    package init() {}
}

/// `core/v1` `NodeSystemInfo`.
package struct NodeSystemInfo: Codable, Equatable, Sendable {
    package var architecture: String?
    package var bootID: String?
    package var containerRuntimeVersion: String?
    package var kernelVersion: String?
    package var kubeProxyVersion: String?
    package var kubeletVersion: String?
    package var machineID: String?
    package var operatingSystem: String?
    package var osImage: String?
    package var swap: NodeSwapStatus?
    package var systemUUID: String?
    package init() {}
}
