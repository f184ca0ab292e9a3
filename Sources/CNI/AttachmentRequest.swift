package import SystemPackage

/// One interface of one sandbox in one network.
package struct AttachmentID: Hashable, Sendable, CustomStringConvertible {
    package var network: String
    package var sandboxID: String
    package var interface: String

    package init(network: String, sandboxID: String, interface: String) {
        self.network = network
        self.sandboxID = sandboxID
        self.interface = interface
    }

    /// The name of its file in the result cache. Source: libcni, `getCacheFilePath`.
    var key: String { "\(network)-\(sandboxID)-\(interface)" }

    package var description: String { "\(interface) of \(sandboxID) in \(network)" }
}

/// What a pod's sandbox wants from the network.
package struct AttachmentRequest: Sendable {
    package var sandboxID: String
    /// The file that the sandbox's network namespace is bound to.
    package var namespacePath: FilePath
    package var podNamespace: String
    package var podName: String
    package var podUID: String
    package var interface = "eth0"
    package var portMappings: [PortMapping] = []
    package var bandwidth: Bandwidth?
    package var dns: DNS?
    package var cgroupPath: String?
    package var annotations: [String: String] = [:]
    /// Addresses with prefix lengths that the pod asks for.
    package var ips: [String] = []
    package var mac: String?

    package init(
        sandboxID: String, namespacePath: FilePath, podNamespace: String, podName: String, podUID: String
    ) {
        self.sandboxID = sandboxID
        self.namespacePath = namespacePath
        self.podNamespace = podNamespace
        self.podName = podName
        self.podUID = podUID
    }

    /// A port of the host that leads to one of the pod's. Source: CONVENTIONS.md of CNI, `portMappings`.
    package struct PortMapping: Equatable, Sendable {
        package var hostPort: Int
        package var containerPort: Int
        /// `tcp`, `udp` or `sctp`, in any case.
        package var `protocol`: String
        /// Empty for every address of the host.
        package var hostIP: String

        package init(hostPort: Int, containerPort: Int, protocol: String = "tcp", hostIP: String = "") {
            self.hostPort = hostPort
            self.containerPort = containerPort
            self.protocol = `protocol`
            self.hostIP = hostIP
        }
    }

    /// How fast a pod may send and receive, in bits a second; 0 is no limit.
    package struct Bandwidth: Equatable, Sendable {
        package var ingress: UInt64
        package var egress: UInt64
        package init(ingress: UInt64 = 0, egress: UInt64 = 0) {
            self.ingress = ingress
            self.egress = egress
        }
    }

    /// The pod's resolver.
    package struct DNS: Equatable, Sendable {
        package var servers: [String]
        package var searches: [String]
        package var options: [String]
        package init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
            self.servers = servers
            self.searches = searches
            self.options = options
        }
    }
}

/// What a sandbox has in a network.
package struct AttachmentResult: Sendable {
    package var id: AttachmentID
    package var result: NetworkResult
    /// The last plugin's answer as it printed it.
    package var bytes: [UInt8]

    /// The pod's addresses without prefix lengths, in the plugins' order: the first is the pod's.
    package var ips: [String] {
        result.ips.filter { ip in
            // An address of a host's interface is not the pod's.
            guard let index = ip.interface, result.interfaces.indices.contains(index) else { return true }
            return result.interfaces[index].sandbox != nil
        }.map(\.host)
    }

    package var gateway: String? { result.ips.lazy.compactMap(\.gateway).first }
    package var interfaces: [NetworkResult.Interface] { result.interfaces }
}
