import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import SystemPackage

/// Keeps what a kubeconfig says of the node's identity: files are read again when they may have changed, and a plugin
/// is asked again before its answer ends.
actor Credentials {
    /// Source: client-go, `transport/token_source.go` and `cert_rotation.go`: a token a minute, a certificate ten seconds.
    private static let period = Duration.seconds(10)

    private let file: FilePath
    /// A certificate with its key that somebody keeps new.
    private let own: FilePath?
    private var found: (cluster: Kubeconfig.Cluster, identity: Identity, at: ContinuousClock.Instant)?
    private var answer: PluginAnswer?

    init(file: FilePath, own: FilePath?) {
        self.file = file
        self.own = own
    }

    /// - Parameter isRefused: the server did not accept what was shown last.
    func current(isRefused: Bool = false) async throws -> (server: String, identity: Identity) {
        if let found, !isRefused, found.at + Self.period > .now { return (found.cluster.server, found.identity) }
        let config = try Kubeconfig.load(file)
        if isRefused { answer = nil }
        let identity = try await identity(config)
        found = (config.cluster, identity, .now)
        return (config.cluster.server, identity)
    }

    private func identity(_ config: Kubeconfig) async throws -> Identity {
        var identity = Identity()
        identity.authority = try bytes(config.cluster.certificateAuthorityData, config.cluster.certificateAuthority)
        identity.skipsVerification = config.cluster.skipsVerification
        identity.serverName = config.cluster.tlsServerName
        identity.certificate = try bytes(config.user.clientCertificateData, config.user.clientCertificate)
        identity.key = try bytes(config.user.clientKeyData, config.user.clientKey)
        if let tokenFile = config.user.tokenFile {
            let text = String(decoding: try readFile(at: tokenFile) ?? [], as: UTF8.self)
            identity.token = text.split(whereSeparator: \.isWhitespace).first.map(String.init)
        } else {
            identity.token = config.user.token
        }
        if let plugin = config.user.plugin {
            let answer = try await ask(plugin, config.cluster, identity.authority)
            identity.token = answer.token
            identity.certificate = answer.certificate ?? identity.certificate
            identity.key = answer.key ?? identity.key
            identity.expires = answer.expires
        }
        if let own, let content = try readFile(at: own, ifExists: true) {
            var renewed = identity
            (renewed.certificate, renewed.key) = (content, content)
            if let end = renewed.end, end.seconds > Int64(Date().timeIntervalSince1970) { return renewed }
        }
        return identity
    }

    private func bytes(_ data: [UInt8]?, _ file: FilePath?) throws -> [UInt8]? {
        if let data { return data }
        return try file.flatMap { try readFile(at: $0) }
    }

    private func ask(
        _ plugin: Kubeconfig.CredentialPlugin, _ cluster: Kubeconfig.Cluster, _ authority: [UInt8]?
    ) async throws -> PluginAnswer {
        if let answer, answer.isFresh { return answer }
        let new = try await PluginAnswer(asking: plugin, for: cluster, authority: authority)
        answer = new
        return new
    }
}

/// What a credential plugin has printed. Source: `client.authentication.k8s.io/v1` `ExecCredential`.
struct PluginAnswer: Sendable {
    var token: String?
    var certificate: [UInt8]?
    var key: [UInt8]?
    var expires: Time?

    /// Asked again a little before the end: a request under way should not meet it.
    var isFresh: Bool {
        guard let expires else { return true }
        return expires.seconds > Int64(Date().timeIntervalSince1970) + 30
    }

    init(
        asking plugin: Kubeconfig.CredentialPlugin, for cluster: Kubeconfig.Cluster, authority: [UInt8]?
    ) async throws {
        var variables = try inheritableEnvironment().filter { variable in
            !plugin.environment.contains { $0.hasPrefix(variable.prefix { $0 != "=" } + "=") }
        }
        variables += plugin.environment
        let question = Self.question(plugin, cluster, authority)
        variables.append("KUBERNETES_EXEC_INFO=\(String(decoding: question.encoded, as: UTF8.self))")
        let program = try Self.program(plugin.command)
        let command = Command(
            executable: program, arguments: [plugin.command] + plugin.arguments, environment: variables,
            timeout: .seconds(60))
        let result = try await command.run()
        guard case .exited(0) = result.end else {
            let text = String(decoding: result.errors.prefix(300), as: UTF8.self)
            throw CredentialPluginError(program: program, problem: "\(result.end) \(text)")
        }
        try self.init(result.output, of: program)
    }

    init(_ output: [UInt8], of program: FilePath) throws {
        guard let value = try? JSON(parsing: output), let status = value["status"] else {
            throw CredentialPluginError(program: program, problem: "it printed no ExecCredential with a status")
        }
        token = status["token"]?.string
        certificate = status["clientCertificateData"]?.string.map { Array($0.utf8) }
        key = status["clientKeyData"]?.string.map { Array($0.utf8) }
        expires = status["expirationTimestamp"]?.string.flatMap { Time(rfc3339: $0) }
        if token == nil && (certificate == nil || key == nil) {
            throw CredentialPluginError(
                program: program, problem: "its status has neither token nor certificate and key")
        }
    }

    private static func question(
        _ plugin: Kubeconfig.CredentialPlugin, _ cluster: Kubeconfig.Cluster, _ authority: [UInt8]?
    ) -> JSON {
        var spec: JSON.Object = ["interactive": false]
        if plugin.providesClusterInfo {
            var about: JSON.Object = ["server": .string(cluster.server)]
            if let authority { about["certificate-authority-data"] = .string(Data(authority).base64EncodedString()) }
            if let name = cluster.tlsServerName { about["tls-server-name"] = .string(name) }
            if cluster.skipsVerification { about["insecure-skip-tls-verify"] = true }
            spec["cluster"] = .object(about)
        }
        return ["apiVersion": .string(plugin.apiVersion), "kind": "ExecCredential", "spec": .object(spec)]
    }

    private static func program(_ command: String) throws -> FilePath {
        if command.contains("/") { return FilePath(command) }
        let path = try inheritableEnvironment().first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? ""
        for directory in path.split(separator: ":") {
            let file = FilePath(String(directory)).appending(command)
            if try FileKind(at: file) == .regular { return file }
        }
        throw CredentialPluginError(program: FilePath(command), problem: "it is not found along PATH")
    }
}

struct CredentialPluginError: Error, CustomStringConvertible {
    let program: FilePath
    let problem: String
    var description: String { "credential plugin \(program): \(problem)" }
}
