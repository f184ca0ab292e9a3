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
        /// Whole objects whose values become variables, before ``environment``.
        package var environmentSources: [EnvironmentSource] = []
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
        /// Its input is open, though nobody writes to it before somebody is attached.
        package var hasInput = false
        /// Its streams are a terminal.
        package var hasTerminal = false
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
        /// Where a value is found that the pod does not give itself.
        package enum Source: Equatable, Sendable {
            case configMap(name: String, key: String, isOptional: Bool)
            case secret(name: String, key: String, isOptional: Bool)
            case downward(Pod.DownwardValue)
            /// A line of a file in a volume of the pod's.
            case file(volume: String, path: String, key: String, isOptional: Bool)
        }
        /// As written, with `$(VAR)` not yet expanded.
        package var value: String
        package var source: Source?
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// An object all of whose values become variables.
    package struct EnvironmentSource: Equatable, Sendable {
        package enum Kind: Equatable, Sendable { case configMap, secret }
        package var kind: Kind
        package var name: String
        package var isOptional: Bool
        package var prefix = ""
        package init(kind: Kind, name: String, isOptional: Bool = false) {
            self.kind = kind
            self.name = name
            self.isOptional = isOptional
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
        /// The part of the volume that is mounted; `nil`: all of it.
        package var subPath: SubPath?

        package enum SubPath: Equatable, Sendable {
            case fixed(String)
            /// With `$(VAR)` not yet expanded.
            case expression(String)
        }
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
        package enum Seccomp: Equatable, Sendable {
            case runtimeDefault, unconfined
            /// A file below the node's directory of profiles.
            case local(String)
        }

        package enum AppArmor: Equatable, Sendable {
            case runtimeDefault, unconfined
            /// The name of a profile that is loaded.
            case local(String)
        }

        /// What is not given is the node's word for containers.
        package struct SELinuxLabel: Equatable, Sendable {
            package var user: String?
            package var role: String?
            package var type: String?
            package var level: String?
            package init() {}
        }

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
        /// Nil: what the runtime does without a word about it.
        package var appArmor: AppArmor?
        /// Parts of the label that the process gets where the kernel confines by SELinux. Nil: none is asked for.
        package var selinux: SELinuxLabel?
        /// Groups that the image gives its user do not count.
        package var ignoresImageGroups = false
        /// Nothing of `/proc` is hidden or made read-only.
        package var showsWholeProc = false
        package init() {}
    }
}
