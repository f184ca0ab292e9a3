package import Kubernetes

/// What pods refer to: config maps, secrets and volumes; from the node's own manifests, or from the cluster.
package struct LocalObjects: Equatable, Sendable {
    /// Of a namespace and a name.
    package struct Key: Hashable, Sendable, Comparable, CustomStringConvertible {
        package var namespace: String
        package var name: String
        package init(_ namespace: String, _ name: String) {
            self.namespace = namespace
            self.name = name
        }
        package var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
        package static func < (one: Self, other: Self) -> Bool {
            (one.namespace, one.name) < (other.namespace, other.name)
        }
    }

    /// The values of a config map or a secret.
    package struct Values: Equatable, Sendable {
        /// Decoded, and sorted only when they are listed.
        package var bytes: [String: [UInt8]] = [:]
        /// Keys whose values are texts: what the environment can take of a config map.
        package var texts: Set<String> = []
        package init(bytes: [String: [UInt8]] = [:], texts: Set<String> = []) {
            self.bytes = bytes
            self.texts = texts
        }
        package func text(_ key: String) -> String? {
            texts.contains(key) ? bytes[key].map { String(decoding: $0, as: UTF8.self) } : nil
        }
    }

    package var configMaps: [Key: Values] = [:]
    package var secrets: [Key: Values] = [:]
    /// By name: they have no namespace.
    package var volumes: [String: PersistentVolumeSpec] = [:]
    /// The name of its volume.
    package var claims: [Key: String] = [:]
    /// By name: they have no namespace.
    package var runtimeClasses: [String: RuntimeClass] = [:]

    /// Tokens of pods' service accounts.
    package var tokens: [TokenKey: [UInt8]] = [:]
    /// Certificates that the cluster offers to trust, by name.
    package var trustBundles: [String: TrustBundle] = [:]
    /// What services a container is told of, by namespace and name; `nil`: it is not known yet.
    package var services: [Key: Service]? = [:]

    /// Whose token, and which.
    package struct TokenKey: Hashable, Sendable {
        package var pod: Pod.ID
        package var item: Pod.TokenItem
        package init(_ pod: Pod.ID, _ item: Pod.TokenItem) {
            self.pod = pod
            self.item = item
            // Where it is written does not matter.
            self.item.path = ""
        }
    }

    /// Certificates that somebody vouches for.
    package struct TrustBundle: Equatable, Sendable {
        package var signerName: String
        package var labels: [String: String]
        /// PEM.
        package var certificates: String
        package init(signerName: String, labels: [String: String], certificates: String) {
            self.signerName = signerName
            self.labels = labels
            self.certificates = certificates
        }
    }

    /// Where a service is reached.
    package struct Service: Equatable, Sendable {
        package struct Port: Equatable, Sendable {
            package var name: String
            package var number: Int32
            package var transport: String
            package init(name: String, number: Int32, transport: String = "TCP") {
                self.name = name
                self.number = number
                self.transport = transport
            }
        }
        package var address: String
        package var ports: [Port]
        package init(address: String, ports: [Port]) {
            self.address = address
            self.ports = ports
        }
    }

    package init() {}

    package var isEmpty: Bool { self == Self() }

    /// Adds what is not there yet. Returns the names of what is.
    package mutating func add(_ other: LocalObjects) -> [String] {
        var doubles: [String] = []
        func merge<K: Comparable, V>(_ kind: String, _ mine: inout [K: V], _ more: [K: V]) {
            for (key, value) in more.sorted(by: { $0.key < $1.key }) {
                if mine[key] == nil { mine[key] = value } else { doubles.append("\(kind) \(key)") }
            }
        }
        merge("configmap", &configMaps, other.configMaps)
        merge("secret", &secrets, other.secrets)
        merge("persistentvolume", &volumes, other.volumes)
        merge("persistentvolumeclaim", &claims, other.claims)
        merge("runtimeclass", &runtimeClasses, other.runtimeClasses)
        return doubles
    }

    /// The volume that a pod of the namespace means by a claim: the one that the claim names, or that names the claim.
    package func volume(ofClaim claim: String, in namespace: String) -> (name: String, spec: PersistentVolumeSpec)? {
        if let name = claims[Key(namespace, claim)], let spec = volumes[name] { return (name, spec) }
        return volumes.sorted { $0.key < $1.key }.first { _, spec in
            spec.claimRef?.name == claim && (spec.claimRef?.namespace.unlessEmpty ?? "default") == namespace
        }.map { ($0.key, $0.value) }
    }
}

extension LocalObjects.Values {
    /// Of an object that the API server has checked.
    package init(_ object: ConfigMap) {
        self.init(texts: Set((object.data ?? [:]).keys))
        for (name, text) in object.data ?? [:] { bytes[name] = Array(text.utf8) }
        for (name, text) in object.binaryData ?? [:] { bytes[name] = Kubernetes.bytes(ofBase64: text) }
    }

    package init(_ object: Secret) {
        self.init()
        for (name, text) in object.data ?? [:] { bytes[name] = Kubernetes.bytes(ofBase64: text) }
        texts = Set(bytes.keys)
    }
}

extension LocalObjects {
    /// The objects of a manifest, or every reason why they are none.
    package init(_ manifest: Manifest) throws(Admission.Refusal) {
        var problems: [String] = []
        for object in manifest.configMaps {
            guard let key = Self.key("configmap", object.metadata, &problems) else { continue }
            var values = Values(texts: Set((object.data ?? [:]).keys))
            for (name, text) in object.data ?? [:] { values.bytes[name] = Array(text.utf8) }
            Self.decode(object.binaryData ?? [:], "configmap \(key): binaryData", &values, &problems)
            Self.take(key, values, "configmap", &configMaps, &problems)
        }
        for object in manifest.secrets {
            guard let key = Self.key("secret", object.metadata, &problems) else { continue }
            var values = Values()
            Self.decode(object.data ?? [:], "secret \(key): data", &values, &problems)
            for (name, text) in object.stringData ?? [:] { values.bytes[name] = Array(text.utf8) }
            values.texts = Set(values.bytes.keys)
            Self.take(key, values, "secret", &secrets, &problems)
        }
        for object in manifest.volumes {
            guard let name = Self.key("persistentvolume", object.metadata, &problems)?.name else { continue }
            let spec = object.spec ?? PersistentVolumeSpec()
            if let problem = spec.problem { problems.append("persistentvolume \(name): \(problem)") }
            if volumes.updateValue(spec, forKey: name) != nil { problems.append("persistentvolume \(name): twice") }
        }
        for object in manifest.claims {
            guard let key = Self.key("persistentvolumeclaim", object.metadata, &problems) else { continue }
            guard let volume = object.spec?.volumeName.unlessEmpty else {
                problems.append(
                    "persistentvolumeclaim \(key): spec.volumeName: Required value: nobody binds claims here")
                continue
            }
            Self.take(key, volume, "persistentvolumeclaim", &claims, &problems)
        }
        for object in manifest.runtimeClasses { takeRuntimeClass(object, &problems) }
        if !problems.isEmpty { throw Admission.Refusal(problems: problems) }
    }

    private mutating func takeRuntimeClass(_ object: Kubernetes.RuntimeClass, _ problems: inout [String]) {
        guard let name = Self.key("runtimeclass", object.metadata, &problems)?.name else { return }
        var validation = Validation()
        validation.dnsLabel(object.handler ?? "", FieldPath("handler"))
        validation.checkOverhead(object.overhead?.podFixed, FieldPath("overhead").child("podFixed"))
        problems += validation.problems.map { "runtimeclass \(name): \($0)" }
        let found = RuntimeClass(
            handler: object.handler ?? "", overhead: ResourceAmounts(object.overhead?.podFixed ?? [:]))
        if runtimeClasses.updateValue(found, forKey: name) != nil { problems.append("runtimeclass \(name): twice") }
    }

    private static func take<V>(
        _ key: Key, _ value: V, _ kind: String, _ all: inout [Key: V], _ problems: inout [String]
    ) {
        if all.updateValue(value, forKey: key) != nil { problems.append("\(kind) \(key): twice") }
    }

    private static func key(_ kind: String, _ metadata: ObjectMeta?, _ problems: inout [String]) -> Key? {
        guard let name = metadata?.name.unlessEmpty else {
            problems.append("\(kind): metadata.name: Required value: name or generateName is required")
            return nil
        }
        var validation = Validation()
        let isClusterWide = ["persistentvolume", "runtimeclass"].contains(kind)
        let namespace = isClusterWide ? "" : metadata?.namespace.unlessEmpty ?? "default"
        validation.dnsSubdomain(name, FieldPath("metadata").child("name"))
        if !isClusterWide { validation.dnsLabel(namespace, FieldPath("metadata").child("namespace")) }
        problems += validation.problems.map { "\(kind) \(name): \($0)" }
        return Key(namespace, name)
    }

    private static func decode(
        _ encoded: [String: String], _ place: String, _ values: inout Values, _ problems: inout [String]
    ) {
        for (name, text) in encoded.sorted(by: { $0.key < $1.key }) {
            if values.bytes[name] != nil {
                problems.append("\(place)[\(name)]: Invalid value: duplicate of key present in data")
            }
            guard let bytes = bytes(ofBase64: text) else {
                problems.append("\(place)[\(name)]: Invalid value: not base64")
                continue
            }
            values.bytes[name] = bytes
        }
        for name in values.bytes.keys.sorted() where !isKey(name) {
            problems.append(
                "\(place)[\(name)]: Invalid value: a valid config key must consist of alphanumeric characters, "
                    + "'-', '_' or '.'")
        }
    }

    /// Source: `IsConfigMapKey`.
    private static func isKey(_ name: String) -> Bool {
        name != "." && name != ".." && !name.hasPrefix("..") && name.utf8.count <= 253 && !name.isEmpty
            && name.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "-_.".utf8.contains($0)
            }
    }
}

extension PersistentVolumeSpec {
    /// Why the node cannot mount it.
    fileprivate var problem: String? {
        let count = [hostPath != nil, nfs != nil, local != nil].count { $0 }
        if count != 1 { return "spec: Required value: must specify one of hostPath, local and nfs" }
        if volumeMode ?? "Filesystem" != "Filesystem" {
            return "spec.volumeMode: \"\(volumeMode ?? "")\" is not supported yet"
        }
        for path in [hostPath?.path, local?.path, nfs?.path].compactMap({ $0 }) {
            if !path.hasPrefix("/") { return "spec: Invalid value: \"\(path)\": must be an absolute path" }
            if path.split(separator: "/").contains("..") {
                return "spec: Invalid value: \"\(path)\": must not contain '..'"
            }
        }
        if let nfs, nfs.server.unlessEmpty == nil || nfs.path.unlessEmpty == nil { return "spec.nfs: Required value" }
        return nil
    }
}
