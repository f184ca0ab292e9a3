import JSONText
import Kubernetes
import Linux
package import SystemPackage

/// Which server a node talks to, and what it shows of itself: the current context of a kubeconfig.
///
/// Source: `k8s.io/client-go/tools/clientcmd/api/v1`.
package struct Kubeconfig: Equatable, Sendable {
    package struct Cluster: Equatable, Sendable {
        /// `https://host:port`, with a path where there is one.
        package var server: String
        package var certificateAuthority: FilePath?
        package var certificateAuthorityData: [UInt8]?
        package var skipsVerification = false
        /// The name that the server's certificate is checked against, if not the one of ``server``.
        package var tlsServerName: String?
    }

    package struct User: Equatable, Sendable {
        package var clientCertificate: FilePath?
        package var clientCertificateData: [UInt8]?
        package var clientKey: FilePath?
        package var clientKeyData: [UInt8]?
        package var token: String?
        package var tokenFile: FilePath?
        package var plugin: CredentialPlugin?
    }

    /// A program that prints credentials. Source: `client.authentication.k8s.io/v1` `ExecCredential`.
    package struct CredentialPlugin: Equatable, Sendable {
        package var apiVersion: String
        package var command: String
        package var arguments: [String]
        /// `NAME=VALUE`.
        package var environment: [String]
        package var providesClusterInfo = false
    }

    package var cluster: Cluster
    package var user: User
    /// Where it was read from: relative paths in it start there.
    package var file: FilePath
}

/// Why a kubeconfig cannot be used: the file, the field and what was expected.
package struct KubeconfigError: Error, Equatable, CustomStringConvertible {
    package var file: FilePath
    package var problem: String
    package var description: String { "kubeconfig \(file): \(problem)" }
}

extension Kubeconfig {
    /// Reads a file's current context. Throws ``KubeconfigError`` or what reading the file throws.
    package static func load(_ file: FilePath) throws -> Kubeconfig {
        guard let content = try readFile(at: file, ifExists: true) else {
            throw KubeconfigError(file: file, problem: "there is no such file")
        }
        return try Kubeconfig(content, file: file)
    }

    package init(_ content: [UInt8], file: FilePath) throws(KubeconfigError) {
        let documents: [JSON]
        do throws(ManifestError) {
            documents = try JSON.documents(of: content)
        } catch {
            throw KubeconfigError(file: file, problem: "\(error)")
        }
        guard documents.count == 1, let root = documents.first, root.object != nil else {
            throw KubeconfigError(file: file, problem: "expected one object of kind Config")
        }
        let reader = KubeconfigReader(file: file, root: root)
        guard let context = root["current-context"]?.string, !context.isEmpty else {
            throw reader.problem("current-context: required: the name of a context")
        }
        let chosen = try reader.entry(of: "contexts", named: context, as: "context")
        guard let clusterName = chosen["cluster"]?.string else {
            throw reader.problem("contexts[\(context)].context.cluster: required: the name of a cluster")
        }
        self.file = file
        cluster = try reader.cluster(named: clusterName)
        user = try chosen["user"]?.string.map { name throws(KubeconfigError) in try reader.user(named: name) } ?? User()
    }
}

/// Reads parts of a kubeconfig, and names the field where one is not what it should be.
private struct KubeconfigReader {
    let file: FilePath
    let root: JSON

    func problem(_ text: String) -> KubeconfigError { KubeconfigError(file: file, problem: text) }

    func entry(of list: String, named name: String, as member: String) throws(KubeconfigError) -> JSON {
        let found = (root[list]?.array ?? []).first { $0["name"]?.string == name }
        guard let value = found?[member], value.object != nil else {
            throw problem("\(list): no entry is named \"\(name)\"")
        }
        return value
    }

    func cluster(named name: String) throws(KubeconfigError) -> Kubeconfig.Cluster {
        let value = try entry(of: "clusters", named: name, as: "cluster")
        let place = "clusters[\(name)].cluster"
        guard let server = value["server"]?.string, server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw problem("\(place).server: expected https://HOST:PORT, found \(value["server"]?.summary ?? "nothing")")
        }
        var cluster = Kubeconfig.Cluster(server: server)
        while cluster.server.hasSuffix("/") { cluster.server.removeLast() }
        cluster.certificateAuthority = path(value["certificate-authority"])
        cluster.certificateAuthorityData = try data(value["certificate-authority-data"], place)
        cluster.skipsVerification = value["insecure-skip-tls-verify"]?.bool ?? false
        cluster.tlsServerName = value["tls-server-name"]?.string
        return cluster
    }

    func user(named name: String) throws(KubeconfigError) -> Kubeconfig.User {
        let value = try entry(of: "users", named: name, as: "user")
        let place = "users[\(name)].user"
        var user = Kubeconfig.User()
        user.clientCertificate = path(value["client-certificate"])
        user.clientCertificateData = try data(value["client-certificate-data"], place)
        user.clientKey = path(value["client-key"])
        user.clientKeyData = try data(value["client-key-data"], place)
        user.token = value["token"]?.string
        user.tokenFile = path(value["tokenFile"])
        if let exec = value["exec"], exec != .null { user.plugin = try plugin(exec, "\(place).exec") }
        return user
    }

    private func plugin(_ value: JSON, _ place: String) throws(KubeconfigError) -> Kubeconfig.CredentialPlugin {
        guard let command = value["command"]?.string, !command.isEmpty else {
            throw problem("\(place).command: required: a program")
        }
        let known = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]
        guard let version = value["apiVersion"]?.string, known.contains(version) else {
            let found = value["apiVersion"]?.summary ?? "nothing"
            throw problem("\(place).apiVersion: expected \(known[0]), found \(found)")
        }
        // A path with a slash starts at the file, as any other in it; a bare name is looked for along PATH.
        let program = command.contains("/") ? resolved(command).string : command
        return Kubeconfig.CredentialPlugin(
            apiVersion: version, command: program, arguments: (value["args"]?.array ?? []).compactMap(\.string),
            environment: (value["env"]?.array ?? []).compactMap { variable in
                variable["name"]?.string.map { "\($0)=\(variable["value"]?.string ?? "")" }
            },
            providesClusterInfo: value["provideClusterInfo"]?.bool ?? false)
    }

    private func path(_ value: JSON?) -> FilePath? {
        value?.string.flatMap { $0.isEmpty ? nil : resolved($0) }
    }

    private func resolved(_ text: String) -> FilePath {
        text.hasPrefix("/") ? FilePath(text) : file.removingLastComponent().appending(text)
    }

    private func data(_ value: JSON?, _ place: String) throws(KubeconfigError) -> [UInt8]? {
        guard let text = value?.string, !text.isEmpty else { return nil }
        guard let bytes = bytes(ofBase64: text) else { throw problem("\(place): its data is not base64") }
        return bytes
    }
}
