import Linux
import Pods
import SystemPackage

extension Pod.Container {
    /// The container's variables with all values given: those from elsewhere first, then its own.
    ///
    /// Source: kubernetes `pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`; its words.
    func resolvedEnvironment(
        of pod: Pod, objects: LocalObjects, facts: DownwardFacts,
        readFile: (_ volume: String, _ path: String) throws -> [UInt8]?
    ) throws -> [EnvironmentVariable] {
        guard let services = objects.services else {
            throw MissingContent("services have not yet been read at least once, cannot construct envvars")
        }
        // First, so that whatever else sets a name wins, and all can refer to them.
        var variables = pod.environment(of: services).map { EnvironmentVariable.literal($0.name, $0.value) }
        for source in environmentSources {
            let key = LocalObjects.Key(pod.namespace, source.name)
            let (kind, values) =
                source.kind == .configMap
                ? ("configmap", objects.configMaps[key]) : ("secret", objects.secrets[key])
            guard let values else {
                if source.isOptional { continue }
                throw MissingContent("\(kind) \"\(source.name)\" not found")
            }
            for name in values.texts.sorted() {
                guard let text = values.text(name) else { continue }
                variables.append(.literal(source.prefix + name, text))
            }
        }
        for variable in environment {
            guard let source = variable.source else {
                variables.append(variable)
                continue
            }
            guard let text = try source.value(of: pod, self, objects, facts, readFile) else { continue }
            variables.append(.literal(variable.name, text))
        }
        return variables
    }
}

extension Pod.Container.EnvironmentVariable {
    /// A value that is taken as it is.
    static func literal(_ name: String, _ value: String) -> Self {
        Self(name: name, value: value.replacing("$", with: "$$"))
    }
}

extension Pod.Container.EnvironmentVariable.Source {
    /// `nil`: it is not there, and need not be.
    fileprivate func value(
        of pod: Pod, _ container: Pod.Container, _ objects: LocalObjects, _ facts: DownwardFacts,
        _ readFile: (String, String) throws -> [UInt8]?
    ) throws -> String? {
        switch self {
        case .configMap(let name, let key, let isOptional):
            let values = objects.configMaps[.init(pod.namespace, name)]
            return try Self.value(values, name, key, isOptional, ("configmap", "ConfigMap"), pod)
        case .secret(let name, let key, let isOptional):
            let values = objects.secrets[.init(pod.namespace, name)]
            return try Self.value(values, name, key, isOptional, ("secret", "Secret"), pod)
        case .downward(let value): return try facts.value(of: value, in: pod, container: container)
        case .file(let volume, let path, let key, let isOptional):
            guard let bytes = try readFile(volume, path) else {
                if isOptional { return nil }
                throw MissingContent("environment file \"\(path)\" not found in volume \"\(volume)\"")
            }
            let file: EnvironmentFile
            do throws(MissingContent) {
                file = try EnvironmentFile(parsing: String(decoding: bytes, as: UTF8.self))
            } catch {
                throw MissingContent("couldn't parse env file \"\(path)\": \(error)")
            }
            if let value = file.values[key] { return value }
            if isOptional { return nil }
            throw MissingContent("environment variable key \"\(key)\" not found in file \"\(path)\"")
        }
    }

    private static func value(
        _ values: LocalObjects.Values?, _ name: String, _ key: String, _ isOptional: Bool,
        _ kind: (lower: String, upper: String), _ pod: Pod
    ) throws(MissingContent) -> String? {
        guard let values else {
            if isOptional { return nil }
            throw MissingContent("\(kind.lower) \"\(name)\" not found")
        }
        if let text = values.text(key) { return text }
        if isOptional { return nil }
        throw MissingContent("couldn't find key \(key) in \(kind.upper) \(pod.namespace)/\(name)")
    }
}
