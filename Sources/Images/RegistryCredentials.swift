import FoundationEssentials
import Linux
import SystemPackage

/// What a registry wants to see before it gives anything.
struct RegistryCredential: Equatable, Sendable {
    var username = ""
    var password = ""
    /// Exchanged for tokens instead of a password.
    var identityToken: String?
    /// Shown as it is.
    var registryToken: String?

    var basic: String { "Basic " + Data("\(username):\(password)".utf8).base64EncodedString() }
}

/// Docker's `config.json`, or the older `.dockercfg`.
///
/// Source: docker/cli, cli/config; matching as the kubelet's `credentialprovider/keyring.go`.
struct DockerConfigFile: Sendable {
    private let entries: [(pattern: Pattern, credential: RegistryCredential)]

    private struct Entry: Decodable {
        var auth: String?
        var username: String?
        var password: String?
        var identitytoken: String?
        var registrytoken: String?
    }

    private struct File: Decodable { var auths: [String: Entry]? }

    /// A registry, perhaps with a path in it: `https://index.docker.io/v1/`, `*.example.org/team`.
    struct Pattern: Sendable {
        let host: String
        let path: String

        init(_ text: String) {
            var text = Substring(text)
            for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
            let parts = text.split(separator: "/", maxSplits: 1)
            let host = parts.first.map(String.init) ?? ""
            self.host = host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host
            var path = parts.count > 1 ? String(parts[1]) : ""
            while path.hasSuffix("/") { path.removeLast() }
            self.path = path == "v1" || path == "v2" ? "" : path
        }

        func matches(_ registry: String, _ repository: String) -> Bool {
            let (own, other) = (host.split(separator: ":"), registry.split(separator: ":"))
            guard own.count == other.count, own.dropFirst() == other.dropFirst() else { return false }
            guard let labels = own.first?.split(separator: "."), let names = other.first?.split(separator: "."),
                labels.count == names.count
            else { return false }
            guard zip(labels, names).allSatisfy({ $0 == $1 || $0 == "*" }) else { return false }
            return path.isEmpty || repository == path || repository.hasPrefix(path + "/")
        }
    }

    init(parsing bytes: [UInt8], name: FilePath) throws {
        let decoder = JSONDecoder()
        let auths: [String: Entry]
        do {
            auths =
                try decoder.decode(File.self, from: Data(bytes)).auths
                ?? (try? decoder.decode([String: Entry].self, from: Data(bytes))) ?? [:]
        } catch {
            throw ImageError.configuration(
                "\(name): \(error is DecodingError ? "no Docker configuration" : "\(error)")")
        }
        entries = auths.compactMap { key, entry in
            Self.credential(entry).map { (Pattern(key), $0) }
        }.sorted { ($0.pattern.host, $0.pattern.path) > ($1.pattern.host, $1.pattern.path) }
    }

    private static func credential(_ entry: Entry) -> RegistryCredential? {
        var credential = RegistryCredential(
            username: entry.username ?? "", password: entry.password ?? "", identityToken: entry.identitytoken,
            registryToken: entry.registrytoken)
        if let auth = entry.auth, let data = Data(base64Encoded: auth) {
            let parts = String(decoding: data, as: UTF8.self).split(
                separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { (credential.username, credential.password) = (String(parts[0]), String(parts[1])) }
        }
        let isEmpty = credential.username.isEmpty && credential.identityToken == nil && credential.registryToken == nil
        return isEmpty ? nil : credential
    }

    func credentials(for registry: String, repository: String) -> [RegistryCredential] {
        entries.filter { $0.pattern.matches(registry, repository) }.map(\.credential)
    }
}

extension RegistryConfiguration {
    /// The credentials for a repository, those of the first file first.
    func credentials(for registry: String, repository: String) throws -> [RegistryCredential] {
        var found: [RegistryCredential] = []
        for bytes in shown {
            // One bad secret does not take the others away.
            guard let file = try? DockerConfigFile(parsing: bytes, name: "pull secret") else { continue }
            found += file.credentials(for: registry, repository: repository)
        }
        for path in credentialFiles {
            guard let bytes = try readFile(at: path, ifExists: true, limit: 1 << 20) else { continue }
            found += try DockerConfigFile(parsing: bytes, name: path)
                .credentials(for: registry, repository: repository)
        }
        return found
    }
}
