// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `ObjectFieldSelector`.
package struct ObjectFieldSelector: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var fieldPath: String?
    package init() {}
}

/// `core/v1` `ObjectReference`.
package struct ObjectReference: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var fieldPath: String?
    package var kind: String?
    package var name: String?
    package var namespace: String?
    package var resourceVersion: String?
    package var uid: String?
    package init() {}
}

/// `core/v1` `Pod`.
package struct Pod: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<PodSpec>?
    private var _status: Box<PodStatus>?
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

    package var spec: PodSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }

    package var status: PodStatus? {
        get { _status?.value }
        set { _status = newValue.map(Box.init) }
    }
}

/// `core/v1` `PodAffinity`.
package struct PodAffinity: Codable, Equatable, Sendable {
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]?
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]?
    package init() {}
}

/// `core/v1` `PodAffinityTerm`.
package struct PodAffinityTerm: Codable, Equatable, Sendable {
    package var labelSelector: LabelSelector?
    package var matchLabelKeys: [String]?
    package var mismatchLabelKeys: [String]?
    package var namespaceSelector: LabelSelector?
    package var namespaces: [String]?
    package var topologyKey: String?
    package init() {}
}

/// `core/v1` `PodAntiAffinity`.
package struct PodAntiAffinity: Codable, Equatable, Sendable {
    package var preferredDuringSchedulingIgnoredDuringExecution: [WeightedPodAffinityTerm]?
    package var requiredDuringSchedulingIgnoredDuringExecution: [PodAffinityTerm]?
    package init() {}
}

/// `core/v1` `PodCondition`.
package struct PodCondition: Codable, Equatable, Sendable {
    package var lastProbeTime: Time?
    package var lastTransitionTime: Time?
    package var message: String?
    package var observedGeneration: Int64?
    package var reason: String?
    package var status: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `PodDNSConfig`.
package struct PodDNSConfig: Codable, Equatable, Sendable {
    package var nameservers: [String]?
    package var options: [PodDNSConfigOption]?
    package var searches: [String]?
    package init() {}
}

/// `core/v1` `PodDNSConfigOption`.
package struct PodDNSConfigOption: Codable, Equatable, Sendable {
    package var name: String?
    package var value: String?
    package init() {}
}

/// `core/v1` `PodExtendedResourceClaimStatus`.
package struct PodExtendedResourceClaimStatus: Codable, Equatable, Sendable {
    package var requestMappings: [ContainerExtendedResourceRequest]?
    package var resourceClaimName: String?
    package init() {}
}

/// `core/v1` `PodIP`.
package struct PodIP: Codable, Equatable, Sendable {
    package var ip: String?
    package init() {}
}

/// `core/v1` `PodOS`.
package struct PodOS: Codable, Equatable, Sendable {
    package var name: String?
    package init() {}
}

/// `core/v1` `PodReadinessGate`.
package struct PodReadinessGate: Codable, Equatable, Sendable {
    package var conditionType: String?
    package init() {}
}

/// `core/v1` `PodResourceClaim`.
package struct PodResourceClaim: Codable, Equatable, Sendable {
    package var name: String?
    package var resourceClaimName: String?
    package var resourceClaimTemplateName: String?
    package init() {}
}

/// `core/v1` `PodResourceClaimStatus`.
package struct PodResourceClaimStatus: Codable, Equatable, Sendable {
    package var name: String?
    package var resourceClaimName: String?
    package init() {}
}

/// `core/v1` `PodSchedulingGate`.
package struct PodSchedulingGate: Codable, Equatable, Sendable {
    package var name: String?
    package init() {}
}

/// `core/v1` `PodSchedulingGroup`.
package struct PodSchedulingGroup: Codable, Equatable, Sendable {
    package var podGroupName: String?
    package init() {}
}

/// `core/v1` `PodSecurityContext`.
package struct PodSecurityContext: Codable, Equatable, Sendable {
    package var appArmorProfile: AppArmorProfile?
    package var fsGroup: Int64?
    package var fsGroupChangePolicy: String?
    package var runAsGroup: Int64?
    package var runAsNonRoot: Bool?
    package var runAsUser: Int64?
    package var seLinuxChangePolicy: String?
    package var seLinuxOptions: SELinuxOptions?
    package var seccompProfile: SeccompProfile?
    package var supplementalGroups: [Int64]?
    package var supplementalGroupsPolicy: String?
    package var sysctls: [Sysctl]?
    package var windowsOptions: WindowsSecurityContextOptions?
    package init() {}
}

/// `core/v1` `PodSpec`.
package struct PodSpec: Codable, Equatable, Sendable {
    package var activeDeadlineSeconds: Int64?
    private var _affinity: Box<Affinity>?
    package var automountServiceAccountToken: Bool?
    package var containers: [Container]?
    package var dnsConfig: PodDNSConfig?
    package var dnsPolicy: String?
    package var enableServiceLinks: Bool?
    package var ephemeralContainers: [EphemeralContainer]?
    package var hostAliases: [HostAlias]?
    package var hostIPC: Bool?
    package var hostNetwork: Bool?
    package var hostPID: Bool?
    package var hostUsers: Bool?
    package var hostname: String?
    package var hostnameOverride: String?
    package var imagePullSecrets: [LocalObjectReference]?
    package var initContainers: [Container]?
    package var nodeName: String?
    package var nodeSelector: [String: String]?
    package var os: PodOS?
    package var overhead: [String: Quantity]?
    package var preemptionPolicy: String?
    package var priority: Int32?
    package var priorityClassName: String?
    package var readinessGates: [PodReadinessGate]?
    package var resourceClaims: [PodResourceClaim]?
    package var resources: ResourceRequirements?
    package var restartPolicy: String?
    package var runtimeClassName: String?
    package var schedulerName: String?
    package var schedulingGates: [PodSchedulingGate]?
    package var schedulingGroup: PodSchedulingGroup?
    private var _securityContext: Box<PodSecurityContext>?
    package var serviceAccount: String?
    package var serviceAccountName: String?
    package var setHostnameAsFQDN: Bool?
    package var shareProcessNamespace: Bool?
    package var subdomain: String?
    package var terminationGracePeriodSeconds: Int64?
    package var tolerations: [Toleration]?
    package var topologySpreadConstraints: [TopologySpreadConstraint]?
    package var volumes: [Volume]?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case activeDeadlineSeconds
        case _affinity = "affinity"
        case automountServiceAccountToken
        case containers
        case dnsConfig
        case dnsPolicy
        case enableServiceLinks
        case ephemeralContainers
        case hostAliases
        case hostIPC
        case hostNetwork
        case hostPID
        case hostUsers
        case hostname
        case hostnameOverride
        case imagePullSecrets
        case initContainers
        case nodeName
        case nodeSelector
        case os
        case overhead
        case preemptionPolicy
        case priority
        case priorityClassName
        case readinessGates
        case resourceClaims
        case resources
        case restartPolicy
        case runtimeClassName
        case schedulerName
        case schedulingGates
        case schedulingGroup
        case _securityContext = "securityContext"
        case serviceAccount
        case serviceAccountName
        case setHostnameAsFQDN
        case shareProcessNamespace
        case subdomain
        case terminationGracePeriodSeconds
        case tolerations
        case topologySpreadConstraints
        case volumes
    }

    package var affinity: Affinity? {
        get { _affinity?.value }
        set { _affinity = newValue.map(Box.init) }
    }

    package var securityContext: PodSecurityContext? {
        get { _securityContext?.value }
        set { _securityContext = newValue.map(Box.init) }
    }
}

/// `core/v1` `PodStatus`.
package struct PodStatus: Codable, Equatable, Sendable {
    package var allocatedResources: [String: Quantity]?
    package var conditions: [PodCondition]?
    package var containerStatuses: [ContainerStatus]?
    package var ephemeralContainerStatuses: [ContainerStatus]?
    package var extendedResourceClaimStatus: PodExtendedResourceClaimStatus?
    package var hostIP: String?
    package var hostIPs: [HostIP]?
    package var initContainerStatuses: [ContainerStatus]?
    package var message: String?
    package var nodeAllocatableResourceClaimStatuses: [NodeAllocatableResourceClaimStatus]?
    package var nominatedNodeName: String?
    package var observedGeneration: Int64?
    package var phase: String?
    package var podIP: String?
    package var podIPs: [PodIP]?
    package var qosClass: String?
    package var reason: String?
    package var resize: String?
    package var resourceClaimStatuses: [PodResourceClaimStatus]?
    package var resources: ResourceRequirements?
    package var startTime: Time?
    package init() {}
}
