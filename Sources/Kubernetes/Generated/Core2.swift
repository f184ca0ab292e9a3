// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `EphemeralContainer`.
package struct EphemeralContainer: Codable, Equatable, Sendable {
    package var args: [String]?
    package var command: [String]?
    package var env: [EnvVar]?
    package var envFrom: [EnvFromSource]?
    package var image: String?
    package var imagePullPolicy: String?
    package var lifecycle: Lifecycle?
    private var _livenessProbe: Box<Probe>?
    package var name: String?
    package var ports: [ContainerPort]?
    private var _readinessProbe: Box<Probe>?
    package var resizePolicy: [ContainerResizePolicy]?
    package var resources: ResourceRequirements?
    package var restartPolicy: String?
    package var restartPolicyRules: [ContainerRestartRule]?
    private var _securityContext: Box<SecurityContext>?
    private var _startupProbe: Box<Probe>?
    package var stdin: Bool?
    package var stdinOnce: Bool?
    package var targetContainerName: String?
    package var terminationMessagePath: String?
    package var terminationMessagePolicy: String?
    package var tty: Bool?
    package var volumeDevices: [VolumeDevice]?
    package var volumeMounts: [VolumeMount]?
    package var workingDir: String?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case args
        case command
        case env
        case envFrom
        case image
        case imagePullPolicy
        case lifecycle
        case _livenessProbe = "livenessProbe"
        case name
        case ports
        case _readinessProbe = "readinessProbe"
        case resizePolicy
        case resources
        case restartPolicy
        case restartPolicyRules
        case _securityContext = "securityContext"
        case _startupProbe = "startupProbe"
        case stdin
        case stdinOnce
        case targetContainerName
        case terminationMessagePath
        case terminationMessagePolicy
        case tty
        case volumeDevices
        case volumeMounts
        case workingDir
    }

    package var livenessProbe: Probe? {
        get { _livenessProbe?.value }
        set { _livenessProbe = newValue.map(Box.init) }
    }

    package var readinessProbe: Probe? {
        get { _readinessProbe?.value }
        set { _readinessProbe = newValue.map(Box.init) }
    }

    package var securityContext: SecurityContext? {
        get { _securityContext?.value }
        set { _securityContext = newValue.map(Box.init) }
    }

    package var startupProbe: Probe? {
        get { _startupProbe?.value }
        set { _startupProbe = newValue.map(Box.init) }
    }
}

/// `core/v1` `ExecAction`.
package struct ExecAction: Codable, Equatable, Sendable {
    package var command: [String]?
    package init() {}
}

/// `core/v1` `FileKeySelector`.
package struct FileKeySelector: Codable, Equatable, Sendable {
    package var key: String?
    package var optional: Bool?
    package var path: String?
    package var volumeName: String?
    package init() {}
}

/// `core/v1` `GRPCAction`.
package struct GRPCAction: Codable, Equatable, Sendable {
    package var port: Int32?
    package var service: String?
    package init() {}
}

/// `core/v1` `HTTPGetAction`.
package struct HTTPGetAction: Codable, Equatable, Sendable {
    package var host: String?
    package var httpHeaders: [HTTPHeader]?
    package var path: String?
    package var port: IntOrString?
    package var scheme: String?
    package init() {}
}

/// `core/v1` `HTTPHeader`.
package struct HTTPHeader: Codable, Equatable, Sendable {
    package var name: String?
    package var value: String?
    package init() {}
}

/// `core/v1` `HostAlias`.
package struct HostAlias: Codable, Equatable, Sendable {
    package var hostnames: [String]?
    package var ip: String?
    package init() {}
}

/// `core/v1` `HostIP`.
package struct HostIP: Codable, Equatable, Sendable {
    package var ip: String?
    package init() {}
}

/// `core/v1` `KeyToPath`.
package struct KeyToPath: Codable, Equatable, Sendable {
    package var key: String?
    package var mode: Int32?
    package var path: String?
    package init() {}
}

/// `core/v1` `Lifecycle`.
package struct Lifecycle: Codable, Equatable, Sendable {
    private var _postStart: Box<LifecycleHandler>?
    private var _preStop: Box<LifecycleHandler>?
    package var stopSignal: String?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case _postStart = "postStart"
        case _preStop = "preStop"
        case stopSignal
    }

    package var postStart: LifecycleHandler? {
        get { _postStart?.value }
        set { _postStart = newValue.map(Box.init) }
    }

    package var preStop: LifecycleHandler? {
        get { _preStop?.value }
        set { _preStop = newValue.map(Box.init) }
    }
}

/// `core/v1` `LifecycleHandler`.
package struct LifecycleHandler: Codable, Equatable, Sendable {
    package var exec: ExecAction?
    private var _httpGet: Box<HTTPGetAction>?
    package var sleep: SleepAction?
    package var tcpSocket: TCPSocketAction?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case exec
        case _httpGet = "httpGet"
        case sleep
        case tcpSocket
    }

    package var httpGet: HTTPGetAction? {
        get { _httpGet?.value }
        set { _httpGet = newValue.map(Box.init) }
    }
}

/// `core/v1` `LinuxContainerUser`.
package struct LinuxContainerUser: Codable, Equatable, Sendable {
    package var gid: Int64?
    package var supplementalGroups: [Int64]?
    package var uid: Int64?
    package init() {}
}

/// `core/v1` `LocalObjectReference`.
package struct LocalObjectReference: Codable, Equatable, Sendable {
    package var name: String?
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

/// `core/v1` `ObjectFieldSelector`.
package struct ObjectFieldSelector: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var fieldPath: String?
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
