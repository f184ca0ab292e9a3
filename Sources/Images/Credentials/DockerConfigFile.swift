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
    private let entries: [(pattern: RegistryPattern, credential: RegistryCredential)]

    private struct Entry: Decodable {
        var auth: String?
        var username: String?
        var password: String?
        var identitytoken: String?
        var registrytoken: String?
    }

    private struct File: Decodable { var auths: [String: Entry]? }

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
            Self.credential(entry).map { (RegistryPattern(key), $0) }
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
