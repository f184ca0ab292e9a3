// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `Affinity`.
package struct Affinity: Codable, Equatable, Sendable {
    package var nodeAffinity: NodeAffinity?
    package var podAffinity: PodAffinity?
    package var podAntiAffinity: PodAntiAffinity?
    package init() {}
}

/// `core/v1` `AppArmorProfile`.
package struct AppArmorProfile: Codable, Equatable, Sendable {
    package var localhostProfile: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `Capabilities`.
package struct Capabilities: Codable, Equatable, Sendable {
    package var add: [String]?
    package var drop: [String]?
    package init() {}
}

/// `core/v1` `ClientIPConfig`.
package struct ClientIPConfig: Codable, Equatable, Sendable {
    package var timeoutSeconds: Int32?
    package init() {}
}

/// `core/v1` `ConfigMapEnvSource`.
package struct ConfigMapEnvSource: Codable, Equatable, Sendable {
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `ConfigMapKeySelector`.
package struct ConfigMapKeySelector: Codable, Equatable, Sendable {
    package var key: String?
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `ConfigMapNodeConfigSource`.
package struct ConfigMapNodeConfigSource: Codable, Equatable, Sendable {
    package var kubeletConfigKey: String?
    package var name: String?
    package var namespace: String?
    package var resourceVersion: String?
    package var uid: String?
    package init() {}
}

/// `core/v1` `Container`.
package struct Container: Codable, Equatable, Sendable {
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

/// `core/v1` `ContainerExtendedResourceRequest`.
package struct ContainerExtendedResourceRequest: Codable, Equatable, Sendable {
    package var containerName: String?
    package var requestName: String?
    package var resourceName: String?
    package init() {}
}

/// `core/v1` `ContainerImage`.
package struct ContainerImage: Codable, Equatable, Sendable {
    package var names: [String]?
    package var sizeBytes: Int64?
    package init() {}
}

/// `core/v1` `ContainerPort`.
package struct ContainerPort: Codable, Equatable, Sendable {
    package var containerPort: Int32?
    package var hostIP: String?
    package var hostPort: Int32?
    package var name: String?
    package var `protocol`: String?
    package init() {}
}

/// `core/v1` `ContainerResizePolicy`.
package struct ContainerResizePolicy: Codable, Equatable, Sendable {
    package var resourceName: String?
    package var restartPolicy: String?
    package init() {}
}

/// `core/v1` `ContainerRestartRule`.
package struct ContainerRestartRule: Codable, Equatable, Sendable {
    package var action: String?
    package var exitCodes: ContainerRestartRuleOnExitCodes?
    package init() {}
}

/// `core/v1` `ContainerRestartRuleOnExitCodes`.
package struct ContainerRestartRuleOnExitCodes: Codable, Equatable, Sendable {
    package var `operator`: String?
    package var values: [Int32]?
    package init() {}
}

/// `core/v1` `ContainerState`.
package struct ContainerState: Codable, Equatable, Sendable {
    package var running: ContainerStateRunning?
    private var _terminated: Box<ContainerStateTerminated>?
    package var waiting: ContainerStateWaiting?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case running
        case _terminated = "terminated"
        case waiting
    }

    package var terminated: ContainerStateTerminated? {
        get { _terminated?.value }
        set { _terminated = newValue.map(Box.init) }
    }
}

/// `core/v1` `ContainerStateRunning`.
package struct ContainerStateRunning: Codable, Equatable, Sendable {
    package var startedAt: Time?
    package init() {}
}

/// `core/v1` `ContainerStateTerminated`.
package struct ContainerStateTerminated: Codable, Equatable, Sendable {
    package var containerID: String?
    package var exitCode: Int32?
    package var finishedAt: Time?
    package var message: String?
    package var reason: String?
    package var signal: Int32?
    package var startedAt: Time?
    package init() {}
}

/// `core/v1` `ContainerStateWaiting`.
package struct ContainerStateWaiting: Codable, Equatable, Sendable {
    package var message: String?
    package var reason: String?
    package init() {}
}

/// `core/v1` `ContainerStatus`.
package struct ContainerStatus: Codable, Equatable, Sendable {
    package var allocatedResources: [String: Quantity]?
    package var allocatedResourcesStatus: [ResourceStatus]?
    package var containerID: String?
    package var image: String?
    package var imageID: String?
    private var _lastState: Box<ContainerState>?
    package var name: String?
    package var ready: Bool?
    package var resources: ResourceRequirements?
    package var restartCount: Int32?
    package var started: Bool?
    private var _state: Box<ContainerState>?
    package var stopSignal: String?
    package var user: ContainerUser?
    package var volumeMounts: [VolumeMountStatus]?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case allocatedResources
        case allocatedResourcesStatus
        case containerID
        case image
        case imageID
        case _lastState = "lastState"
        case name
        case ready
        case resources
        case restartCount
        case started
        case _state = "state"
        case stopSignal
        case user
        case volumeMounts
    }

    package var lastState: ContainerState? {
        get { _lastState?.value }
        set { _lastState = newValue.map(Box.init) }
    }

    package var state: ContainerState? {
        get { _state?.value }
        set { _state = newValue.map(Box.init) }
    }
}

/// `core/v1` `ContainerUser`.
package struct ContainerUser: Codable, Equatable, Sendable {
    package var linux: LinuxContainerUser?
    package init() {}
}
