import APIServer
import ArgumentParser
import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import Node
import SystemPackage
import Systemd

/// What `kubeadm join` does for a worker's kubelet. Source: kubeadm, `app/cmd/join.go`, phases kubelet-start.
struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make this machine a node of a cluster.",
        discussion: """
            Finds the cluster by a bootstrap token (kubeadm token create --print-join-command prints one), writes down
            what the agent needs, and lets it ask for its certificate. Run as root; safe to repeat.
            """)

    @Argument(help: "The API server: HOST:PORT.")
    var server: String
    @Option(help: "A bootstrap token: abcdef.0123456789abcdef.")
    var token: String
    @Option(help: "Hash of the cluster's certificate authority: sha256:…; may be repeated.")
    var discoveryTokenCaCertHash: [String] = []
    @Flag(help: "Trust the token alone.")
    var discoveryTokenUnsafeSkipCaVerification = false
    @Option(help: "The node's name (default: the host's).")
    var nodeName: String?
    @Option(help: "Directory of the cluster's files.", completion: .directory)
    var kubernetesDir = "/etc/kubernetes"
    @Option(help: "Directory of the agent's drop-in configurations.", completion: .directory)
    var configDir = "/etc/swiftlet/config.d"
    @Option(help: "File with the service's variables.", completion: .file())
    var environmentFile = "/etc/default/swiftlet"
    @Flag(help: "Only write the files.")
    var noStart = false

    private var directory: FilePath { FilePath(kubernetesDir) }
    private var authorityFile: FilePath { directory.appending("pki/ca.crt") }
    private var bootstrapFile: FilePath { directory.appending("bootstrap-kubelet.conf") }
    private var kubeconfig: FilePath { directory.appending("kubelet.conf") }
    private var dropIn: FilePath { FilePath(configDir).appending("60-cluster.conf") }

    func validate() throws {
        if discoveryTokenCaCertHash.isEmpty, !discoveryTokenUnsafeSkipCaVerification {
            throw ValidationError(
                "--discovery-token-ca-cert-hash is required, or --discovery-token-unsafe-skip-ca-verification")
        }
    }

    func run() async throws {
        do {
            try await join()
        } catch let error as ExitCode {
            throw error
        } catch {
            Terminal.complain("join \(server): \(error)")
            throw ExitCode(1)
        }
    }

    private func join() async throws {
        let discovery = try Discovery(server: server, token: token, pins: discoveryTokenCaCertHash)
        let authority = try await discovery.authority()
        Terminal.show("Found the cluster at \(server).")
        try makeDirectories(authorityFile.removingLastComponent())
        try replaceFile(at: authorityFile, with: authority)
        try replaceFile(at: bootstrapFile, with: Array(bootstrapConfig(authority).yaml().utf8))
        let shared = try await sharedConfiguration()
        try makeDirectories(dropIn.removingLastComponent())
        try replaceFile(at: dropIn, with: Array(try Self.dropIn(shared, authority: authorityFile).yaml().utf8))
        try writeFlags()
        Terminal.show("Wrote \(bootstrapFile), \(dropIn) and \(environmentFile).")
        guard !noStart else { return }
        try await start()
    }

    private func bootstrapConfig(_ authority: [UInt8]) -> JSON {
        let cluster: JSON = [
            "server": .string("https://\(server)"),
            "certificate-authority-data": .string(Data(authority).base64EncodedString()),
        ]
        return [
            "apiVersion": "v1", "kind": "Config", "current-context": "bootstrap",
            "clusters": [["name": "kubernetes", "cluster": cluster]],
            "contexts": [
                ["name": "bootstrap", "context": ["cluster": "kubernetes", "user": "tls-bootstrap-token-user"]]
            ],
            "users": [["name": "tls-bootstrap-token-user", "user": ["token": .string(token)]]],
        ]
    }

    /// What the cluster's administrator wants of all kubelets; `nil`: nothing is said.
    private func sharedConfiguration() async throws -> JSON? {
        let client = APIClient(kubeconfig: bootstrapFile)
        do {
            let map = try await client.ask(
                APIRequest(.get, Resources.configMaps.path("kubelet-config", in: "kube-system")), for: ConfigMap.self)
            await client.close()
            return try map.data?["kubelet"].flatMap { try JSON.documents(of: Array($0.utf8)).first }
        } catch let error as APIRequestError where error.cause.isNotFound || error.cause.isForbidden {
            await client.close()
            Terminal.show("The cluster has no kubelet-config for this node: defaults are used.")
            return nil
        } catch {
            await client.close()
            throw error
        }
    }

    /// Of the cluster's wishes those that are the cluster's to have; where things lie on this machine is the machine's.
    static func dropIn(_ shared: JSON?, authority: FilePath) throws -> JSON {
        var config: JSON.Object = [
            "apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration",
            "rotateCertificates": true,
            "authentication": [
                "anonymous": ["enabled": false], "webhook": ["enabled": true],
                "x509": ["clientCAFile": .string(authority.string)],
            ],
            "authorization": ["mode": "Webhook"],
        ]
        let machines: Set<String> = [
            "apiVersion", "kind", "staticPodPath", "containerRuntimeEndpoint", "imageServiceEndpoint", "resolvConf",
            "volumePluginDir", "cgroupDriver", "authentication", "authorization", "failSwapOn",
        ]
        for (name, value) in shared?.object?.members ?? [] where !machines.contains(name) { config[name] = value }
        return .object(config)
    }

    /// Puts the kubeconfigs among the service's flags, and leaves the others.
    private func writeFlags() throws {
        let file = FilePath(environmentFile)
        let old = String(decoding: try readFile(at: file, ifExists: true) ?? [], as: UTF8.self)
        let text = Self.environment(
            old, kubeconfig: kubeconfig.string, bootstrap: bootstrapFile.string, node: nodeName)
        try makeDirectories(file.removingLastComponent())
        try replaceFile(at: file, with: Array(text.utf8))
    }

    static func environment(_ old: String, kubeconfig: String, bootstrap: String, node: String?) -> String {
        let variable = "SWIFTLET_FLAGS="
        var lines = old.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let before = lines.last { $0.hasPrefix(variable) }?.dropFirst(variable.count) ?? ""
        var words = before.filter { $0 != "\"" }.split(separator: " ").map(String.init)
        var flags = ["--kubeconfig": kubeconfig, "--bootstrap-kubeconfig": bootstrap]
        if let node { flags["--hostname-override"] = node }
        for flag in flags.keys {
            while let place = words.firstIndex(of: flag) { words.removeSubrange(place..<min(place + 2, words.count)) }
        }
        for (flag, value) in flags.sorted(by: { $0.key < $1.key }) { words += [flag, value] }
        lines.removeAll { $0.hasPrefix(variable) }
        return (lines + ["\(variable)\"\(words.joined(separator: " "))\""]).joined(separator: "\n") + "\n"
    }

    private func start() async throws {
        guard ServiceManager.isRunning else {
            Terminal.show("No systemd runs here: start the agent with the flags in \(environmentFile).")
            return
        }
        // A machine that has joined is a node after a reboot as well.
        for order in ["enable", "restart"] {
            let result = try await Command(
                executable: "/usr/bin/env", arguments: ["env", "systemctl", "--quiet", order, "swiftlet.service"],
                environment: inheritableEnvironment(), timeout: .seconds(60)
            ).run()
            guard case .exited(0) = result.end else {
                throw NotStarted(order: order, text: String(decoding: result.errors.prefix(300), as: UTF8.self))
            }
        }
        let deadline = ContinuousClock.now + .seconds(300)
        while try FileKind(at: kubeconfig) == nil {
            guard deadline > .now else { throw NoCertificate() }
            try await Task.sleep(for: .milliseconds(200))
        }
        Terminal.show("This machine is a node of the cluster: kubectl get nodes shows it.")
    }

    private struct NotStarted: Error, CustomStringConvertible {
        let order: String
        let text: String
        var description: String { "\(order) swiftlet.service: \(text)" }
    }

    private struct NoCertificate: Error, CustomStringConvertible {
        var description: String {
            "nobody has signed the node's certificate in five minutes: look at kubectl get csr and swiftlet status"
        }
    }
}
