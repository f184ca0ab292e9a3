import JSONText
import Kubernetes

/// What a credential provider says of an image.
///
/// Source: `credentialprovider.kubelet.k8s.io/v1`, `CredentialProviderRequest` and `CredentialProviderResponse`.
struct CredentialAnswer: Equatable, Sendable {
    /// For what else the answer holds.
    enum Scope: String, CaseIterable, Sendable {
        case image = "Image"
        case registry = "Registry"
        case everything = "Global"
    }

    var scope: Scope
    /// `nil`: the provider's default.
    var duration: Duration?
    /// By pattern of registries.
    var credentials: [String: RegistryCredential]

    /// What a provider reads from its standard input.
    static func question(
        _ apiVersion: String, image: String, token: String? = nil, annotations: [String: String] = [:]
    ) -> [UInt8] {
        var request: JSON.Object = ["kind": "CredentialProviderRequest"]
        request["apiVersion"] = .string(apiVersion)
        request["image"] = .string(image)
        if let token { request["serviceAccountToken"] = .string(token) }
        if !annotations.isEmpty {
            let members = annotations.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
            request["serviceAccountAnnotations"] = .object(JSON.Object(members))
        }
        return JSON.object(request).encoded
    }

    /// Why a provider gives nothing.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private struct Reply: Decodable {
        var kind: String?
        var apiVersion: String?
        var cacheKeyType: String?
        var cacheDuration: String?
        var auth: [String: Pair]?
    }

    private struct Pair: Decodable {
        var username: String?
        var password: String?
    }
}

extension CredentialAnswer {
    /// Reads what it wrote. No error holds a part of it: it may hold passwords.
    init(parsing bytes: [UInt8], apiVersion: String) throws(Refusal) {
        guard let value = try? JSON(parsing: bytes), let reply = try? JSONReader.read(Reply.self, from: value) else {
            throw Refusal("its answer is no CredentialProviderResponse")
        }
        guard reply.kind == "CredentialProviderResponse" else { throw Refusal("its answer is of another kind") }
        guard reply.apiVersion == apiVersion else { throw Refusal("its answer is not of apiVersion \(apiVersion)") }
        let known = ["kind", "apiVersion", "cacheKeyType", "cacheDuration", "auth"]
        guard (value.object?.members ?? []).allSatisfy({ known.contains($0.name) }) else {
            throw Refusal("its answer has a field that nobody knows")
        }
        guard let scope = Scope(rawValue: reply.cacheKeyType ?? "") else {
            throw Refusal("the cacheKeyType of its answer is none of Image, Registry and Global")
        }
        if let text = reply.cacheDuration {
            guard let given = GoDuration(text) else { throw Refusal("the cacheDuration of its answer is no duration") }
            duration = given.value
        }
        self.scope = scope
        credentials = (reply.auth ?? [:]).mapValues {
            RegistryCredential(username: $0.username ?? "", password: $0.password ?? "")
        }
    }
}

extension [(pattern: String, credential: RegistryCredential)] {
    /// Those for a repository, the closest first: in the order of their patterns backwards.
    func credentials(for registry: String, _ repository: String) -> [RegistryCredential] {
        map { (RegistryPattern($0.pattern), $0.credential) }
            .filter { $0.0.matches(registry, repository, wholeNames: false) }
            .sorted { ($0.0.host, $0.0.path) > ($1.0.host, $1.0.path) }.map(\.1)
    }
}
