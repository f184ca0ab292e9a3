// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `DaemonEndpoint`.
package struct DaemonEndpoint: Codable, Equatable, Sendable {
    package var Port: Int32?
    package init() {}
}

/// `core/v1` `EnvFromSource`.
package struct EnvFromSource: Codable, Equatable, Sendable {
    package var configMapRef: ConfigMapEnvSource?
    package var prefix: String?
    package var secretRef: SecretEnvSource?
    package init() {}
}

/// `core/v1` `EnvVar`.
package struct EnvVar: Codable, Equatable, Sendable {
    package var name: String?
    package var value: String?
    private var _valueFrom: Box<EnvVarSource>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case name
        case value
        case _valueFrom = "valueFrom"
    }

    package var valueFrom: EnvVarSource? {
        get { _valueFrom?.value }
        set { _valueFrom = newValue.map(Box.init) }
    }
}

/// `core/v1` `EnvVarSource`.
package struct EnvVarSource: Codable, Equatable, Sendable {
    package var configMapKeyRef: ConfigMapKeySelector?
    package var fieldRef: ObjectFieldSelector?
    package var fileKeyRef: FileKeySelector?
    package var resourceFieldRef: ResourceFieldSelector?
    package var secretKeyRef: SecretKeySelector?
    package init() {}
}

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

/// `core/v1` `Event`.
package struct Event: Codable, Equatable, Sendable {
    package var action: String?
    package var apiVersion: String?
    package var count: Int32?
    package var eventTime: MicroTime?
    package var firstTimestamp: Time?
    private var _involvedObject: Box<ObjectReference>?
    package var kind: String?
    package var lastTimestamp: Time?
    package var message: String?
    private var _metadata: Box<ObjectMeta>?
    package var reason: String?
    private var _related: Box<ObjectReference>?
    package var reportingComponent: String?
    package var reportingInstance: String?
    package var series: EventSeries?
    package var source: EventSource?
    package var type: String?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case action
        case apiVersion
        case count
        case eventTime
        case firstTimestamp
        case _involvedObject = "involvedObject"
        case kind
        case lastTimestamp
        case message
        case _metadata = "metadata"
        case reason
        case _related = "related"
        case reportingComponent
        case reportingInstance
        case series
        case source
        case type
    }

    package var involvedObject: ObjectReference? {
        get { _involvedObject?.value }
        set { _involvedObject = newValue.map(Box.init) }
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var related: ObjectReference? {
        get { _related?.value }
        set { _related = newValue.map(Box.init) }
    }
}

/// `core/v1` `EventSeries`.
package struct EventSeries: Codable, Equatable, Sendable {
    package var count: Int32?
    package var lastObservedTime: MicroTime?
    package init() {}
}

/// `core/v1` `EventSource`.
package struct EventSource: Codable, Equatable, Sendable {
    package var component: String?
    package var host: String?
    package init() {}
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

/// `core/v1` `LoadBalancerIngress`.
package struct LoadBalancerIngress: Codable, Equatable, Sendable {
    package var hostname: String?
    package var ip: String?
    package var ipMode: String?
    package var ports: [PortStatus]?
    package init() {}
}
