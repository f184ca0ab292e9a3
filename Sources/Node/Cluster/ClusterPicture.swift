import JSONText
import Kubernetes
import Pods

extension [LocalObjects.Key: LocalObjects.Service] {
    /// Services with an address of their own.
    init(_ objects: [ClusterService]) {
        self.init()
        for object in objects {
            guard let address = object.spec?.clusterIP, !address.isEmpty, address != "None" else { continue }
            let ports = (object.spec?.ports ?? []).map { port in
                LocalObjects.Service.Port(
                    name: port.name ?? "", number: port.port ?? 0, transport: port.protocol ?? "TCP")
            }
            self[.init(object.metadata?.namespace ?? "", object.metadata?.name ?? "")] = .init(
                address: address, ports: ports)
        }
    }
}

extension [String: LocalObjects.RuntimeClass] {
    init(_ objects: [RuntimeClass]) {
        self.init()
        for object in objects {
            self[object.metadata?.name ?? ""] = .init(
                handler: object.handler ?? "", overhead: ResourceAmounts(object.overhead?.podFixed ?? [:]))
        }
    }
}

/// What is known of the cluster's objects that pods refer to.
struct ClusterPicture {
    /// Services are `nil` until they are known.
    var objects = LocalObjects()
    /// What has been asked for, whether it is there or not.
    private(set) var known: Set<ReferencedObject> = []
    private(set) var knowsRuntimeClasses = false

    init() { objects.services = nil }

    /// Whether it is other than before.
    @discardableResult
    mutating func take(_ object: ReferencedObject, _ values: LocalObjects.Values?) -> Bool {
        known.insert(object)
        switch object {
        case .configMap(let key):
            defer { objects.configMaps[key] = values }
            return objects.configMaps[key] != values
        case .secret(let key):
            defer { objects.secrets[key] = values }
            return objects.secrets[key] != values
        case .trustBundles: return false
        }
    }

    /// Whether they are other than before.
    @discardableResult
    mutating func take(trustBundles: [ClusterTrustBundle]) -> Bool {
        known.insert(.trustBundles)
        let old = objects.trustBundles
        objects.trustBundles = [:]
        for bundle in trustBundles {
            objects.trustBundles[bundle.metadata?.name ?? ""] = .init(
                signerName: bundle.spec?.signerName ?? "", labels: bundle.metadata?.labels ?? [:],
                certificates: bundle.spec?.trustBundle ?? "")
        }
        return objects.trustBundles != old
    }

    mutating func forget(_ object: ReferencedObject) {
        take(object, nil)
        if object == .trustBundles { objects.trustBundles = [:] }
        known.remove(object)
    }

    mutating func take(classes: [RuntimeClass]) {
        objects.runtimeClasses = .init(classes)
        knowsRuntimeClasses = true
    }

    // What was written down when the server told it.

    mutating func take(_ object: ReferencedObject, _ value: JSON) {
        switch object {
        case .configMap: take(object, (try? JSONReader.read(ConfigMap.self, from: value)).map { .init($0) })
        case .secret: take(object, (try? JSONReader.read(Secret.self, from: value)).map { .init($0) })
        case .trustBundles:
            take(
                trustBundles: (value.array ?? []).compactMap { try? JSONReader.read(ClusterTrustBundle.self, from: $0) }
            )
        }
    }

    mutating func takeServices(_ value: JSON?) {
        guard let list = value?.array else { return }
        objects.services = .init(list.compactMap { try? JSONReader.read(ClusterService.self, from: $0) })
    }

    mutating func takeClasses(_ value: JSON?) {
        guard let list = value?.array else { return }
        take(classes: list.compactMap { try? JSONReader.read(RuntimeClass.self, from: $0) })
    }
}
