import Kubernetes
import Pods

/// What a pod refers to in the cluster.
struct PodReferences: Equatable {
    var configMaps: Set<LocalObjects.Key> = []
    var secrets: Set<LocalObjects.Key> = []
    var claims: Set<LocalObjects.Key> = []
    var tokens: Set<LocalObjects.TokenKey> = []
    /// Secrets that registries are shown.
    var pullSecrets: [LocalObjects.Key] = []
    var runtimeClass: String?
    var needsTrustBundles = false

    init(_ pod: Pods.Pod) {
        func key(_ name: String?) -> LocalObjects.Key { .init(pod.namespace, name ?? "") }
        for volume in pod.volumes {
            switch volume.source {
            case .files(let files): take(files, of: pod)
            case .claim(let name, _): claims.insert(key(name))
            default: continue
            }
        }
        for container in pod.allContainers {
            for source in container.environmentSources {
                switch source.kind {
                case .configMap: configMaps.insert(key(source.name))
                case .secret: secrets.insert(key(source.name))
                }
            }
            for variable in container.environment {
                switch variable.source {
                case .configMap(let name, _, _): configMaps.insert(key(name))
                case .secret(let name, _, _): secrets.insert(key(name))
                default: continue
                }
            }
        }
        pullSecrets = (pod.manifest.spec?.imagePullSecrets ?? []).compactMap { $0.name }.filter { !$0.isEmpty }.map(key)
        runtimeClass = pod.runtimeClass
    }

    private mutating func take(_ files: Pods.Pod.Files, of pod: Pods.Pod) {
        for source in files.sources {
            switch source {
            case .configMap(let items): configMaps.insert(.init(pod.namespace, items.name))
            case .secret(let items): secrets.insert(.init(pod.namespace, items.name))
            case .token(let item): tokens.insert(.init(pod.id, item))
            case .trustBundle: needsTrustBundles = true
            case .downwardAPI: continue
            }
        }
    }
}

extension PodReferences {
    var watched: [ReferencedObject] {
        required + Set(pullSecrets).subtracting(secrets).map { .secret($0) }
    }

    /// Without them no container starts.
    var required: [ReferencedObject] {
        configMaps.map { .configMap($0) } + secrets.map { .secret($0) } + (needsTrustBundles ? [.trustBundles] : [])
    }
}

/// One object that is watched as long as a pod refers to it.
enum ReferencedObject: Hashable {
    case configMap(LocalObjects.Key)
    case secret(LocalObjects.Key)
    /// All of them: labels choose.
    case trustBundles

    /// The name of the file that remembers it.
    var memoryKey: String {
        switch self {
        case .configMap(let key): "configmap_\(key.namespace)_\(key.name)"
        case .secret(let key): "secret_\(key.namespace)_\(key.name)"
        case .trustBundles: "trustbundles_"
        }
    }
}

/// Source: kubernetes `watch_based_manager.go`; its words.
struct NotGathered: Error, CustomStringConvertible {
    let what: String
    var description: String { "failed to sync \(what) cache: timed out waiting for the condition" }
}

struct NotBound: Error, CustomStringConvertible { let description: String }
