package import Kubernetes

/// A pod the node has agreed to run: validated, defaulted, named for its node.
///
/// Made once, by ``Admission``, from the API's `Pod`. Everything below works on this and never on the API type.
package struct Pod: Equatable, Sendable, Identifiable {
    /// The pod's UID as the API writes it. Safe as a file name: admission refuses anything else.
    package struct ID: Hashable, Sendable, CustomStringConvertible {
        package var rawValue: String
        package init(_ rawValue: String) { self.rawValue = rawValue }
        package var description: String { rawValue }
    }

    package enum RestartPolicy: String, Sendable { case always = "Always", onFailure = "OnFailure", never = "Never" }

    /// What resources guarantee the pod: decides its cgroup and its oom score. Source: facts of kubelet, §5.1.
    package enum QoSClass: String, Sendable {
        case guaranteed = "Guaranteed"
        case burstable = "Burstable"
        case bestEffort = "BestEffort"
    }

    package let id: ID
    /// The name with the node's name behind it, for a pod from a manifest.
    package var name: String
    package var namespace: String
    package var labels: [String: String] = [:]
    /// With `kubernetes.io/config.hash`, `.seen` and `.source`.
    package var annotations: [String: String] = [:]
    package var source: PodSource

    package var nodeName = ""
    package var restartPolicy = RestartPolicy.always
    package var terminationGracePeriod = Duration.seconds(30)
    package var priority: Int32 = 0
    package var qosClass = QoSClass.bestEffort
    /// Nil: the runtime that is built in.
    package var runtimeClass: String?
    /// What it asks for and may use as a whole. Nil: nothing is said of that.
    package var resources: Resources?
    /// What running the pod takes beside its containers.
    package var overhead = ResourceAmounts()

    package var hostNetwork = false
    package var hostPID = false
    package var hostIPC = false
    /// `false`: the pod has a user namespace of its own, so that its root is nobody on the host.
    package var hostUsers = true
    package var shareProcessNamespace = false
    package var hostname: String?
    package var subdomain: String?
    package var setHostnameAsFQDN = false
    /// The name that it has whatever else would give it one.
    package var hostnameOverride: String?
    package var hostAliases: [HostAlias] = []
    package var dnsPolicy = DNSPolicy.clusterFirst
    package var dnsConfig = DNSConfig()

    package var volumes: [Volume] = []
    /// Run before the others, one after the other; those that are sidecars stay.
    package var initContainers: [Container] = []
    package var volumeGroup: VolumeGroup?
    /// Kernel parameters of the pod's namespaces, by their dotted names.
    package var sysctls: [String: String] = [:]
    package var serviceAccountName = ""
    package var containers: [Container]
    /// Added while the pod runs.
    package var ephemeralContainers: [Container] = []
    /// The cluster has deleted it: how long it may take to go, in its own words.
    package var deletionGrace: Duration?
    /// Why the node does not run it, if it cannot: what the cluster decided is not the node's to refuse silently.
    package var refusal: Admission.Refusal?
    /// How long after its start the pod may be active.
    package var activeDeadline: Duration?
    /// It asks for amounts that it does not get now: here it is with those that it was given. Nil: it has what it asks
    /// for.
    package var pendingResize: PendingResize?
    /// The version of the spec that what it was given is of. Nil: nobody counts them.
    package var allocatedGeneration: Int64?
    /// What an agent before this one gave it. Nil: none did, or what it asks for.
    package var recordedAllocation: PodAllocation?
    /// The API's object with names and defaults filled in: what `get -o yaml` shows.
    package var manifest = Kubernetes.Pod()

    package init(
        id: ID, name: String, namespace: String = "default", source: PodSource = .file, containers: [Container] = []
    ) {
        self.id = id
        self.name = name
        self.namespace = namespace
        self.source = source
        self.containers = containers
    }

    /// `<name>_<namespace>`: of pods that share it, only one exists at a time. Source: kubelet's full name.
    package var fullName: String { "\(name)_\(namespace)" }

    package func container(named name: String) -> Container? { allContainers.first { $0.name == name } }
}

/// Where a pod was learnt from. The raw value is that of the annotation `kubernetes.io/config.source`.
package enum PodSource: String, Hashable, Sendable, CaseIterable {
    case file
    case http
    case api
}

extension Pod {
    /// Lines for the pod's `/etc/hosts`.
    package struct HostAlias: Equatable, Sendable {
        package var ip: String
        package var hostnames: [String]
        package init(ip: String, hostnames: [String]) {
            self.ip = ip
            self.hostnames = hostnames
        }
    }

    package enum DNSPolicy: String, Sendable {
        case clusterFirst = "ClusterFirst"
        case clusterFirstWithHostNet = "ClusterFirstWithHostNet"
        case `default` = "Default"
        case none = "None"
    }

    /// What the pod adds to the resolver's configuration that its policy gives.
    package struct DNSConfig: Equatable, Sendable {
        package struct Option: Equatable, Sendable {
            package var name: String
            package var value: String?
            package init(name: String, value: String? = nil) {
                self.name = name
                self.value = value
            }
        }

        package var nameservers: [String] = []
        package var searches: [String] = []
        package var options: [Option] = []
        package init(nameservers: [String] = [], searches: [String] = [], options: [Option] = []) {
            self.nameservers = nameservers
            self.searches = searches
            self.options = options
        }
    }
}
