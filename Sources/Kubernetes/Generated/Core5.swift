// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `PortStatus`.
package struct PortStatus: Codable, Equatable, Sendable {
    package var error: String?
    package var port: Int32?
    package var `protocol`: String?
    package init() {}
}

/// `core/v1` `PreferredSchedulingTerm`.
package struct PreferredSchedulingTerm: Codable, Equatable, Sendable {
    package var preference: NodeSelectorTerm?
    package var weight: Int32?
    package init() {}
}

/// `core/v1` `Probe`.
package struct Probe: Codable, Equatable, Sendable {
    package var exec: ExecAction?
    package var failureThreshold: Int32?
    package var grpc: GRPCAction?
    private var _httpGet: Box<HTTPGetAction>?
    package var initialDelaySeconds: Int32?
    package var periodSeconds: Int32?
    package var successThreshold: Int32?
    package var tcpSocket: TCPSocketAction?
    package var terminationGracePeriodSeconds: Int64?
    package var timeoutSeconds: Int32?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case exec
        case failureThreshold
        case grpc
        case _httpGet = "httpGet"
        case initialDelaySeconds
        case periodSeconds
        case successThreshold
        case tcpSocket
        case terminationGracePeriodSeconds
        case timeoutSeconds
    }

    package var httpGet: HTTPGetAction? {
        get { _httpGet?.value }
        set { _httpGet = newValue.map(Box.init) }
    }
}

/// `core/v1` `ResourceClaim`.
package struct ResourceClaim: Codable, Equatable, Sendable {
    package var name: String?
    package var request: String?
    package init() {}
}

/// `core/v1` `ResourceFieldSelector`.
package struct ResourceFieldSelector: Codable, Equatable, Sendable {
    package var containerName: String?
    package var divisor: Quantity?
    package var resource: String?
    package init() {}
}

/// `core/v1` `ResourceHealth`.
package struct ResourceHealth: Codable, Equatable, Sendable {
    package var health: String?
    package var message: String?
    package var resourceID: String?
    package init() {}
}

/// `core/v1` `ResourceRequirements`.
package struct ResourceRequirements: Codable, Equatable, Sendable {
    package var claims: [ResourceClaim]?
    package var limits: [String: Quantity]?
    package var requests: [String: Quantity]?
    package init() {}
}

/// `core/v1` `ResourceStatus`.
package struct ResourceStatus: Codable, Equatable, Sendable {
    package var name: String?
    package var resources: [ResourceHealth]?
    package init() {}
}

/// `core/v1` `SELinuxOptions`.
package struct SELinuxOptions: Codable, Equatable, Sendable {
    package var level: String?
    package var role: String?
    package var type: String?
    package var user: String?
    package init() {}
}

/// `core/v1` `SeccompProfile`.
package struct SeccompProfile: Codable, Equatable, Sendable {
    package var localhostProfile: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `SecretEnvSource`.
package struct SecretEnvSource: Codable, Equatable, Sendable {
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `SecretKeySelector`.
package struct SecretKeySelector: Codable, Equatable, Sendable {
    package var key: String?
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `SecurityContext`.
package struct SecurityContext: Codable, Equatable, Sendable {
    package var allowPrivilegeEscalation: Bool?
    package var appArmorProfile: AppArmorProfile?
    package var capabilities: Capabilities?
    package var privileged: Bool?
    package var procMount: String?
    package var readOnlyRootFilesystem: Bool?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var runAsUser: Int64?
    package var seLinuxOptions: SELinuxOptions?
    package var seccompProfile: SeccompProfile?
    package var windowsOptions: WindowsSecurityContextOptions?
    package init() {}
}

/// `core/v1` `Service`.
package struct ClusterService: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<ServiceSpec>?
    package var status: ServiceStatus?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
        case status
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: ServiceSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `core/v1` `ServiceAccount`.
package struct ServiceAccount: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var automountServiceAccountToken: Bool?
    package var imagePullSecrets: [LocalObjectReference]?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    package var secrets: [ObjectReference]?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case automountServiceAccountToken
        case imagePullSecrets
        case kind
        case _metadata = "metadata"
        case secrets
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }
}

/// `core/v1` `ServicePort`.
package struct ServicePort: Codable, Equatable, Sendable {
    package var appProtocol: String?
    package var name: String?
    package var nodePort: Int32?
    package var port: Int32?
    package var `protocol`: String?
    package var targetPort: IntOrString?
    package init() {}
}

/// `core/v1` `ServiceSpec`.
package struct ServiceSpec: Codable, Equatable, Sendable {
    package var allocateLoadBalancerNodePorts: Bool?
    package var clusterIP: String?
    package var clusterIPs: [String]?
    package var externalIPs: [String]?
    package var externalName: String?
    package var externalTrafficPolicy: String?
    package var healthCheckNodePort: Int32?
    package var internalTrafficPolicy: String?
    package var ipFamilies: [String]?
    package var ipFamilyPolicy: String?
    package var loadBalancerClass: String?
    package var loadBalancerIP: String?
    package var loadBalancerSourceRanges: [String]?
    package var ports: [ServicePort]?
    package var publishNotReadyAddresses: Bool?
    package var selector: [String: String]?
    package var sessionAffinity: String?
    package var sessionAffinityConfig: SessionAffinityConfig?
    package var trafficDistribution: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `ServiceStatus`.
package struct ServiceStatus: Codable, Equatable, Sendable {
    package var conditions: [Condition]?
    package var loadBalancer: LoadBalancerStatus?
    package init() {}
}

/// `core/v1` `SessionAffinityConfig`.
package struct SessionAffinityConfig: Codable, Equatable, Sendable {
    package var clientIP: ClientIPConfig?
    package init() {}
}

/// `core/v1` `SleepAction`.
package struct SleepAction: Codable, Equatable, Sendable {
    package var seconds: Int64?
    package init() {}
}
