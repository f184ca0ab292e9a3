import JSONText
import Kubernetes
import Linux
import SystemPackage

extension CredentialProvider {
    /// The providers of a `CredentialProviderConfig`, or of those in a directory in the order of their names.
    static func load(_ path: FilePath) throws -> [CredentialProvider] {
        guard let kind = try FileKind(at: path) else {
            throw ImageError.configuration("credential providers: \(path): no such file or directory")
        }
        var files = [path]
        if kind == .directory {
            files = try directoryEntries(path).sorted().map { path.appending($0) }
                .filter { ["json", "yaml", "yml"].contains($0.extension) }
                .filter { try FileKind(at: $0) != .directory }
        }
        let providers = try files.flatMap {
            try decode(readFile(at: $0, limit: Manifest.maximumSize) ?? [], from: $0)
        }
        var names: Set<String> = []
        for provider in providers where !names.insert(provider.name).inserted {
            throw ImageError.configuration("credential providers: \(path): \(provider.name) is there twice")
        }
        guard !providers.isEmpty else { throw ImageError.configuration("credential providers: \(path): none is there") }
        return providers
    }

    /// One file. Everything that is wrong with it is said at once.
    static func decode(_ bytes: [UInt8], from path: FilePath) throws -> [CredentialProvider] {
        do {
            let documents = try JSON.documents(of: bytes)
            guard documents.count == 1, let value = documents.first else {
                throw ImageError.configuration("\(path): \(documents.count) objects, where one is due")
            }
            let version = try version(of: value)
            let document = try JSONReader.read(Document.self, from: value)
            let entries = document.providers ?? []
            var problems = unknownFields(of: value, hasTokens: version == "v1")
            for (place, entry) in entries.enumerated() {
                problems += entry.problems.map { "providers[\(place)].\($0)" }
            }
            guard problems.isEmpty else {
                throw ImageError.configuration(problems.map { "\(path): \($0)" }.joined(separator: "\n"))
            }
            return entries.compactMap(\.provider)
        } catch let error as ImageError {
            throw error
        } catch {
            throw ImageError.configuration("\(path): \(error)")
        }
    }

    private static func version(of value: JSON) throws -> String {
        let parts = (value["apiVersion"]?.string ?? "").split(separator: "/").map(String.init)
        guard parts.count == 2, parts[0] == "kubelet.config.k8s.io", ["v1", "v1beta1", "v1alpha1"].contains(parts[1])
        else {
            throw ManifestError.text(
                "apiVersion: expected kubelet.config.k8s.io/v1, found \(summary(value, "apiVersion"))")
        }
        guard value["kind"]?.string == "CredentialProviderConfig" else {
            throw ManifestError.text("kind: expected CredentialProviderConfig, found \(summary(value, "kind"))")
        }
        return parts[1]
    }

    private static func summary(_ value: JSON, _ member: String) -> String { value[member]?.summary ?? "nothing" }

    private static func unknownFields(of value: JSON, hasTokens: Bool) -> [String] {
        func unknown(_ value: JSON?, _ known: [String], at path: String) -> [String] {
            (value?.object?.members ?? []).map(\.name).filter { !known.contains($0) }.map {
                "\(path)\($0): unknown field"
            }
        }
        var problems = unknown(value, ["apiVersion", "kind", "providers"], at: "")
        for (place, entry) in (value["providers"]?.array ?? []).enumerated() {
            let path = "providers[\(place)]."
            let fields = ["name", "matchImages", "defaultCacheDuration", "apiVersion", "args", "env"]
            problems += unknown(entry, fields + (hasTokens ? ["tokenAttributes"] : []), at: path)
            problems += unknown(entry["tokenAttributes"], Tokens.fields, at: "\(path)tokenAttributes.")
            for variable in entry["env"]?.array ?? [] {
                problems += unknown(variable, ["name", "value"], at: "\(path)env.")
            }
        }
        return problems
    }
}

private struct Document: Decodable { var providers: [Entry]? }

private struct Entry: Decodable {
    var name: String?
    var matchImages: [String]?
    var defaultCacheDuration: String?
    var apiVersion: String?
    var args: [String]?
    var env: [Variable]?
    var tokenAttributes: Tokens?

    /// `nil` where there are ``problems``.
    var provider: CredentialProvider? {
        guard let name, let matchImages, let apiVersion, let duration = defaultCacheDuration.flatMap({ GoDuration($0) })
        else { return nil }
        return CredentialProvider(
            name: name, matchImages: matchImages, defaultCacheDuration: duration.value, apiVersion: apiVersion,
            arguments: args ?? [], environment: (env ?? []).map { .init(name: $0.name ?? "", value: $0.value ?? "") },
            token: tokenAttributes?.attributes)
    }

    var problems: [String] {
        var problems: [String] = []
        if name ?? "" == "" || [".", ".."].contains(name) || name?.contains(where: { "/ ".contains($0) }) == true {
            problems.append("name: \((name ?? "").debugDescription) is no file of a directory")
        }
        if !CredentialProvider.apiVersions.contains(apiVersion ?? "") {
            problems.append("apiVersion: expected one of \(CredentialProvider.apiVersions.joined(separator: ", "))")
        }
        if matchImages?.isEmpty ?? true { problems.append("matchImages: at least one is due") }
        for image in matchImages ?? [] where RegistryPattern(image).isInvalid {
            problems.append("matchImages: \(image.debugDescription) is no host[:port][/path]")
        }
        if let duration = defaultCacheDuration.flatMap({ GoDuration($0) }), duration.value >= .zero {
        } else {
            problems.append("defaultCacheDuration: expected a duration such as \"10m\"")
        }
        for (place, variable) in (env ?? []).enumerated() where variable.name ?? "" == "" {
            problems.append("env[\(place)].name: it is due")
        }
        problems += tokenAttributes.map { $0.problems.map { "tokenAttributes.\($0)" } } ?? []
        if tokenAttributes != nil, apiVersion != "credentialprovider.kubelet.k8s.io/v1" {
            problems.append("tokenAttributes: only with apiVersion credentialprovider.kubelet.k8s.io/v1")
        }
        return problems
    }
}

private struct Variable: Decodable {
    var name: String?
    var value: String?
}

private struct Tokens: Decodable {
    static let fields = [
        "serviceAccountTokenAudience", "cacheType", "requireServiceAccount", "requiredServiceAccountAnnotationKeys",
        "optionalServiceAccountAnnotationKeys",
    ]

    var serviceAccountTokenAudience: String?
    var cacheType: String?
    var requireServiceAccount: Bool?
    var requiredServiceAccountAnnotationKeys: [String]?
    var optionalServiceAccountAnnotationKeys: [String]?

    /// `nil` where there are ``problems``.
    var attributes: CredentialProvider.TokenAttributes? {
        guard let audience = serviceAccountTokenAudience, let requireServiceAccount,
            let type = cacheType.flatMap(CredentialProvider.TokenAttributes.CacheType.init)
        else { return nil }
        return CredentialProvider.TokenAttributes(
            audience: audience, cacheType: type, requiresAccount: requireServiceAccount,
            requiredAnnotations: requiredServiceAccountAnnotationKeys ?? [],
            optionalAnnotations: optionalServiceAccountAnnotationKeys ?? [])
    }

    var problems: [String] {
        var problems: [String] = []
        if serviceAccountTokenAudience ?? "" == "" { problems.append("serviceAccountTokenAudience: it is due") }
        if requireServiceAccount == nil { problems.append("requireServiceAccount: it is due") }
        if cacheType.flatMap(CredentialProvider.TokenAttributes.CacheType.init) == nil {
            problems.append("cacheType: expected ServiceAccount or Token")
        }
        let (required, optional) = (
            requiredServiceAccountAnnotationKeys ?? [], optionalServiceAccountAnnotationKeys ?? []
        )
        if requireServiceAccount == false, !required.isEmpty {
            problems.append("requiredServiceAccountAnnotationKeys: only with requireServiceAccount: true")
        }
        var seen: Set<String> = []
        for key in required + optional where !seen.insert(key).inserted {
            problems.append(
                "requiredServiceAccountAnnotationKeys: \(key) is there twice, here or among the optional ones")
        }
        return problems
    }
}
