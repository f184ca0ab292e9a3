import ArgumentParser
import CNI
import Images
import Kubernetes
import Linux
import Machine
import Node
import OCI
import Pods
import SystemPackage

/// What `swiftlet run` is told on its command line; the rest comes from the configuration.
struct RunOptions: ParsableArguments {
    @Option(help: "A KubeletConfiguration, YAML or JSON.", completion: .file())
    var config: String?
    @Option(help: "Directory of *.conf files that are merged over it, in lexical order.", completion: .directory)
    var configDir: String?
    @Option(help: "Directory of images, pods and what they hold.", completion: .directory)
    var rootDir = "/var/lib/swiftlet"
    @Option(help: "Directory of CNI network configurations.", completion: .directory)
    var cniConfDir = "/etc/cni/net.d"
    @Option(help: "Directory of CNI plugins; may be repeated.", completion: .directory)
    var cniBinDir: [String] = ["/opt/cni/bin", "/usr/lib/cni"]
    @Option(help: "The node's name (default: the host's).")
    var hostnameOverride: String?
    @Option(help: "How to reach the API server, and as whom; without it the node stands alone.", completion: .file())
    var kubeconfig: String?
    @Option(
        help: "A kubeconfig with a token, to ask for the node's first certificate with; it makes --kubeconfig's file.",
        completion: .file())
    var bootstrapKubeconfig: String?
    @Option(help: "Directory of the node's certificates (default: pki in --root-dir).", completion: .directory)
    var certDir: String?
    @Option(help: "Labels of the node's own, which pods may choose it by: KEY=VALUE,…")
    var nodeLabels: String = ""
    @Option(help: "The node's address, or one of each family (default: that by which the default route leaves).")
    var nodeIp: String?
    @Option(help: "Directory of images that are imported at start.", completion: .directory)
    var preloadDir: String?
    @Option(help: "Directory of a directory for each registry, with its hosts.toml.", completion: .directory)
    var registriesDir = "/etc/swiftlet/registries"
    @Option(
        help: "A CredentialProviderConfig, or a directory of some: which programs know credentials of registries.",
        completion: .file())
    var imageCredentialProviderConfig: String?
    @Option(help: "Directory of those programs.", completion: .directory)
    var imageCredentialProviderBinDir: String?
    @Option(help: "How large an image may be, unpacked.")
    var maxImageSize: Quantity = Quantity(64 << 30, format: .binarySI)
    @Option(help: "Seconds after which a registry that sends nothing is given up.")
    var registryTimeout = 300
    @Option(help: "Seconds that one run of a CNI plugin may take (default: 300 to attach, 60 for the rest).")
    var cniTimeout: Int?
    @Option(help: "Directory of links to the containers' logs.", completion: .directory)
    var containerLogsDir = "/var/log/containers"
    @Option(
        help: """
            What a RuntimeClass' handler stands for: NAME=built-in, or an OCI runtime, NAME=/PATH [OPTION …]; may be \
            repeated.
            """)
    var runtimeHandler: [String] = []
    @Flag(help: "Refuse to run without a cgroup controller or right that a limit may need, instead of warning.")
    var requireControllers = false
    @Option(name: .shortAndLong, help: "How much to log, over the configuration's logging.verbosity.")
    var verbosity: Int?

    /// The file, the drop-ins over it, and the options over both.
    func configuration() throws -> KubeletConfiguration {
        var configuration = try KubeletConfiguration.load(
            file: config.map { FilePath($0) }, dropIns: configDir.map { FilePath($0) })
        if let verbosity { configuration.logVerbosity = verbosity }
        return configuration
    }

    /// `nil`: there are none.
    func credentialProviders(measure: @escaping CredentialProviders.Measure) throws -> CredentialProviders? {
        switch (imageCredentialProviderConfig, imageCredentialProviderBinDir) {
        case (nil, nil): nil
        case (let file?, let directory?):
            try CredentialProviders(configuration: FilePath(file), directory: FilePath(directory), measure: measure)
        default:
            throw ValidationError(
                "--image-credential-provider-config and --image-credential-provider-bin-dir need each other")
        }
    }

    /// A name that is an address is the node's. Source: facts of kubelet, §10.2.
    func addresses(ofNode name: String) throws -> NodeAddresses.Wish {
        try NodeAddresses.Wish(nodeIp ?? (Pod.isAddress(name) ? name : ""))
    }

    func identity(ofNode name: String) throws -> NodeIdentity {
        NodeIdentity(
            name: name, architecture: Platform.current.architecture, labels: try NodeIdentity.labels(nodeLabels))
    }

    var pluginTimeouts: PluginTimeouts {
        cniTimeout.map { PluginTimeouts(all: .seconds(max(1, $0))) } ?? PluginTimeouts()
    }

    /// Lower case, as the API wants names. Source: facts of kubelet, §1.3.
    func nodeName(hostname: String) -> String {
        let given = hostnameOverride.flatMap { $0.isEmpty ? nil : $0 } ?? hostname
        let trimmed = given.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed()
        return String(trimmed).lowercased()
    }
}

extension Quantity: ExpressibleByArgument {
    package init?(argument: String) {
        self.init(argument)
        if value <= 0 { return nil }
    }
}
