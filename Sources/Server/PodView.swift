package import Kubernetes

/// One pod as the command line shows it. Serves the table, `-o wide`, JSON, YAML and `describe`.
package struct PodView: Codable, Equatable, Sendable {
    package var namespace: String
    package var name: String
    package var uid: String
    package var node: String
    /// The API's phase: `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    package var phase: String
    /// One word for people, as in kubectl's STATUS column: the phase, or what holds the pod up.
    package var status: String
    /// Why the pod as a whole is as it is, e.g. `Evicted`.
    package var reason: String?
    package var message: String?
    /// Where the pod was asked for: `file`, `http`, `api`.
    package var source: String?
    package var qosClass: String?
    package var restartPolicy: String?
    package var hostIP: String?
    package var ips: [String]
    /// When the node agreed to run it.
    package var createdAt: Time?
    /// When its deletion was asked for; `nil` for a pod that is wanted.
    package var deletedAt: Time?
    package var labels: [String: String]
    package var annotations: [String: String]
    package var conditions: [ConditionView]
    package var initContainers: [ContainerView]
    package var ephemeralContainers: [ContainerView]
    package var containers: [ContainerView]
    package var volumes: [VolumeView]

    package init(namespace: String, name: String, uid: String, node: String, phase: String, status: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.node = node
        self.phase = phase
        self.status = status
        (ips, labels, annotations, conditions) = ([], [:], [:], [])
        (initContainers, ephemeralContainers, containers, volumes) = ([], [], [], [])
    }

    package var fullName: String { "\(namespace)/\(name)" }
    /// Restarts of all containers since the pod was made.
    package var restarts: Int { (initContainers + containers).reduce(0) { $0 + $1.restarts } }
    /// How many of the containers are ready: `1/2`.
    package var ready: String {
        let lasting = initContainers.filter(\.isSidecar) + containers
        return "\(lasting.count(where: \.ready))/\(lasting.count)"
    }
    /// When a container last ended, if one was restarted.
    package var lastRestart: Time? { (initContainers + containers).compactMap { $0.last?.finishedAt }.max() }
}

/// One condition of a pod, as the API has it.
package struct ConditionView: Codable, Equatable, Sendable {
    package var type: String
    package var status: String
    package var reason: String?
    package var message: String?

    package init(type: String, status: String, reason: String? = nil, message: String? = nil) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
    }
}

/// One volume of a pod in a line: `data: EmptyDir (Memory)`.
package struct VolumeView: Codable, Equatable, Sendable {
    package var name: String
    package var kind: String
    package var detail: String

    package init(name: String, kind: String, detail: String = "") {
        self.name = name
        self.kind = kind
        self.detail = detail
    }
}

/// One container of a pod.
package struct ContainerView: Codable, Equatable, Sendable {
    package var name: String
    package var id: String?
    package var image: String
    package var imageID: String?
    package var state: ContainerStateView
    /// How the instance before this one ended.
    package var last: ContainerStateView?
    package var ready: Bool
    package var restarts: Int
    /// Of an init container: it stays beside the others.
    package var isSidecar = false
    package var command: [String]
    package var arguments: [String]
    /// `80/TCP`, `53/UDP, host 5353`.
    package var ports: [String]
    package var limits: [String: String]
    package var requests: [String: String]
    /// `NAME: value`, in the order of the manifest.
    package var environment: [String]
    /// `/data from data (ro)`.
    package var mounts: [String]

    package init(name: String, image: String, state: ContainerStateView, ready: Bool = false, restarts: Int = 0) {
        self.name = name
        self.image = image
        self.state = state
        self.ready = ready
        self.restarts = restarts
        (command, arguments, ports, environment, mounts) = ([], [], [], [], [])
        (limits, requests) = ([:], [:])
    }
}

/// What a container does, or how it ended.
package struct ContainerStateView: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable { case waiting, running, terminated }

    package var kind: Kind
    /// `ContainerCreating`, `CrashLoopBackOff`, `Completed`, `OOMKilled` …
    package var reason: String?
    package var message: String?
    package var exitCode: Int32?
    package var signal: Int32?
    package var startedAt: Time?
    package var finishedAt: Time?

    package init(_ kind: Kind, reason: String? = nil, message: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.message = message
    }
}

/// Something that happened to a pod, as `describe` tells it. Equal ones in a row are counted, not repeated.
package struct EventView: Codable, Equatable, Sendable {
    /// `Normal` or `Warning`.
    package var type: String
    /// `Pulled`, `Started`, `BackOff` …
    package var reason: String
    package var message: String
    /// The container it is about; `nil`: the pod as a whole.
    package var container: String?
    package var firstSeen: Time
    package var lastSeen: Time
    package var count: Int

    package init(
        type: String, reason: String, message: String, container: String? = nil, at time: Time, count: Int = 1
    ) {
        self.type = type
        self.container = container
        self.reason = reason
        self.message = message
        firstSeen = time
        lastSeen = time
        self.count = count
    }
}
