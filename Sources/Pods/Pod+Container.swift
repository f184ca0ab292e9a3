extension Pod {
    /// One container of a pod, with the pod's security defaults already merged in.
    package struct Container: Equatable, Sendable {
        package enum PullPolicy: String, Sendable {
            case always = "Always", ifNotPresent = "IfNotPresent", never = "Never"
        }

        package var name: String
        package var image: String
        package var pullPolicy = PullPolicy.ifNotPresent
        /// Replaces the image's entrypoint; nil keeps it.
        package var command: [String]?
        /// Replaces the image's arguments; nil keeps them, unless `command` is given.
        package var args: [String]?
        package var workingDirectory: String?
        package var environment: [EnvironmentVariable] = []
        package var ports: [Port] = []
        package var requests = ResourceAmounts()
        package var limits = ResourceAmounts()
        package var mounts: [Mount] = []
        package var security = SecurityContext()
        package var probes: [Probe.Kind: Probe] = [:]
        /// Nil: no termination message is wanted.
        package var terminationMessagePath: String? = "/dev/termination-log"
        package var terminationMessagePolicy = TerminationMessagePolicy.file
        package var role = Role.regular
        /// Nil: the pod's.
        package var restartPolicy: Pod.RestartPolicy?
        package var restartRules: [RestartRule] = []
        package var lifecycle = Lifecycle()
        /// The resources for a change of which the container is restarted: `cpu`, `memory`.
        package var restartsToResize: Set<String> = []
        /// The container whose processes an ephemeral one sees.
        package var target: String?

        package init(name: String, image: String) {
            self.name = name
            self.image = image
        }
    }
}

extension Pod.Container {
    package struct EnvironmentVariable: Equatable, Sendable {
        package var name: String
        /// As written, with `$(VAR)` not yet expanded.
        package var value: String
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package struct Port: Equatable, Sendable {
        package enum TransportProtocol: String, Sendable { case tcp = "TCP", udp = "UDP", sctp = "SCTP" }

        package var name: String?
        package var containerPort: UInt16
        package var hostPort: UInt16?
        package var hostIP: String?
        package var transport = TransportProtocol.tcp
        package init(containerPort: UInt16, hostPort: UInt16? = nil) {
            self.containerPort = containerPort
            self.hostPort = hostPort
        }
    }

    package struct Mount: Equatable, Sendable {
        package enum Propagation: String, Sendable {
            case none = "None"
            case hostToContainer = "HostToContainer"
            case bidirectional = "Bidirectional"
        }

        /// Whether the mounts below a read-only mount are read-only as well.
        package enum RecursiveReadOnly: String, Sendable {
            case disabled = "Disabled"
            case ifPossible = "IfPossible"
            case enabled = "Enabled"
        }

        package var volume: String
        package var path: String
        package var isReadOnly = false
        package var recursiveReadOnly = RecursiveReadOnly.disabled
        package var propagation = Propagation.none
        package init(volume: String, path: String) {
            self.volume = volume
            self.path = path
        }
    }

    package enum TerminationMessagePolicy: String, Sendable {
        case file = "File"
        case fallbackToLogsOnError = "FallbackToLogsOnError"
    }

    /// What the container may do. A field of the container wins over the pod's. Source: facts of kubelet, §9.1.
    package struct SecurityContext: Equatable, Sendable {
        package enum Seccomp: String, Sendable { case runtimeDefault = "RuntimeDefault", unconfined = "Unconfined" }

        /// Nil: the image's user.
        package var runAsUser: UInt32?
        /// Nil: the image's group, or the user's first.
        package var runAsGroup: UInt32?
        package var runAsNonRoot = false
        package var supplementalGroups: [UInt32] = []
        package var isPrivileged = false
        package var allowsPrivilegeEscalation = true
        package var hasReadOnlyRootFilesystem = false
        /// As written, without `CAP_`, or `ALL`. First `drop`, then `add`.
        package var addedCapabilities: [String] = []
        package var droppedCapabilities: [String] = []
        /// Nil: the node's default (`seccompDefault`).
        package var seccomp: Seccomp?
        package init() {}
    }
}
