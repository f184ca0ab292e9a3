import Pods

/// What a volume of files holds: made of what the node knows, a pure function.
///
/// Source: kubernetes `pkg/volume/configmap`, `secret`, `downwardapi`, `projected`; their words.
struct VolumeContent: Equatable, Sendable {
    struct File: Equatable, Sendable {
        var bytes: [UInt8]
        var mode: UInt32
    }

    /// By path in the volume.
    var files: [String: File] = [:]

    init(_ volume: Pod.Files, of pod: Pod, objects: LocalObjects, facts: DownwardFacts) throws(MissingContent) {
        for source in volume.sources {
            switch source {
            case .configMap(let items):
                let values = objects.configMaps[.init(pod.namespace, items.name)]
                try take(values, items, volume.defaultMode, object: "configmap \"\(items.name)\" not found") {
                    "configmap references non-existent config key: \($0)"
                }
            case .secret(let items):
                let values = objects.secrets[.init(pod.namespace, items.name)]
                try take(values, items, volume.defaultMode, object: "secret \"\(items.name)\" not found") {
                    "references non-existent secret key: \($0)"
                }
            case .token(let item):
                guard let token = objects.tokens[.init(pod.id, item)] else {
                    throw MissingContent("token of service account \"\(pod.serviceAccountName)\" is not there yet")
                }
                files[item.path] = File(bytes: token, mode: volume.tokenMode(of: pod))
            case .trustBundle(let item):
                guard let text = objects.certificates(of: item) else {
                    if item.isOptional { continue }
                    throw MissingContent("clustertrustbundle \"\(item.name ?? item.signerName ?? "")\" not found")
                }
                files[item.path] = File(bytes: Array(text.utf8), mode: volume.defaultMode)
            case .downwardAPI(let items):
                for item in items {
                    files[item.path] = File(
                        bytes: Array(try facts.value(of: item.value, in: pod, container: nil).utf8),
                        mode: item.mode ?? volume.defaultMode)
                }
            }
        }
    }

    private mutating func take(
        _ values: LocalObjects.Values?, _ items: Pod.ObjectItems, _ defaultMode: UInt32, object: String,
        key: (String) -> String
    ) throws(MissingContent) {
        guard let values else {
            if items.isOptional { return }
            throw MissingContent(object)
        }
        for item in items.items ?? values.bytes.keys.map({ .init(key: $0, path: $0) }) {
            guard let bytes = values.bytes[item.key] else {
                if items.isOptional { continue }
                throw MissingContent(key(item.key))
            }
            files[item.path] = File(bytes: bytes, mode: item.mode ?? defaultMode)
        }
    }
}

extension Pod.Files {
    /// Source: kubernetes `pkg/volume/projected`: a token is for the pod's user alone, where there is one.
    fileprivate func tokenMode(of pod: Pod) -> UInt32 {
        pod.volumeGroup != nil || pod.onlyUser != nil ? 0o600 : defaultMode
    }
}

extension Pod {
    /// The user of all its containers, if they have the same.
    var onlyUser: UInt32? {
        let users = Set(allContainers.map(\.security.runAsUser))
        return users.count == 1 ? users.first ?? nil : nil
    }
}

/// Something that a pod refers to is not there.
struct MissingContent: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
