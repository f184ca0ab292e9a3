import Kubernetes

extension Validation {
    mutating func checkVolume(_ volume: Kubernetes.Volume, _ path: FieldPath) {
        let name = volume.name ?? ""
        if name.isEmpty { required(path.child("name")) } else { dnsLabel(name, path.child("name")) }
        if !name.isEmpty, !volumeNames.insert(name).inserted { duplicate(path.child("name"), name) }
        var types: [String] = []
        func isSet(_ type: String, _ value: Any?) -> Bool {
            if value != nil { types.append(type) }
            return value != nil
        }
        if isSet("emptyDir", volume.emptyDir) { checkEmptyDir(volume, path.child("emptyDir")) }
        if isSet("hostPath", volume.hostPath) { checkHostPath(volume, path.child("hostPath")) }
        if isSet("secret", volume.secret), let secret = volume.secret {
            let path = path.child("secret")
            if secret.secretName.unlessEmpty == nil { required(path.child("secretName")) }
            checkMode(secret.defaultMode, path.child("defaultMode"))
            checkItems(secret.items ?? [], path.child("items"))
        }
        _ = isSet("nfs", volume.nfs)
        _ = isSet("persistentVolumeClaim", volume.persistentVolumeClaim)
        if isSet("configMap", volume.configMap), let map = volume.configMap {
            let path = path.child("configMap")
            if map.name.unlessEmpty == nil { required(path.child("name")) }
            checkMode(map.defaultMode, path.child("defaultMode"))
            checkItems(map.items ?? [], path.child("items"))
        }
        if isSet("downwardAPI", volume.downwardAPI), let downward = volume.downwardAPI {
            checkMode(downward.defaultMode, path.child("downwardAPI").child("defaultMode"))
            checkDownward(downward.items ?? [], path.child("downwardAPI").child("items"))
        }
        if isSet("projected", volume.projected) { checkProjected(volume, path.child("projected")) }
        _ = isSet("image", volume.image)
        checkReferences(volume, path)
        if types.isEmpty { required(path, "must specify a volume type") }
        for type in types.dropFirst() {
            problems.append("\(path.child(type)): Forbidden: may not specify more than 1 volume type")
        }
    }

    /// Volumes that lie elsewhere.
    private mutating func checkReferences(_ volume: Kubernetes.Volume, _ path: FieldPath) {
        if let nfs = volume.nfs {
            if nfs.server.unlessEmpty == nil { required(path.child("nfs").child("server")) }
            checkAbsolute(nfs.path, path.child("nfs").child("path"))
        }
        if let claim = volume.persistentVolumeClaim, claim.claimName.unlessEmpty == nil {
            required(path.child("persistentVolumeClaim").child("claimName"))
        }
        if let image = volume.image {
            if image.reference.unlessEmpty == nil { required(path.child("image").child("reference")) }
            choice(
                image.pullPolicy.unlessEmpty, path.child("image").child("pullPolicy"),
                ["Always", "IfNotPresent", "Never"])
        }
    }

    private mutating func checkEmptyDir(_ volume: Kubernetes.Volume, _ path: FieldPath) {
        if let limit = volume.emptyDir?.sizeLimit, limit.isNegative {
            problems.append("\(path.child("sizeLimit")): Forbidden: SizeLimit field must be a valid resource quantity")
        }
        guard let medium = volume.emptyDir?.medium, !["", "Memory", "HugePages"].contains(medium) else { return }
        let size = medium.hasPrefix("HugePages-") ? Quantity(medium.dropFirst(10))?.value ?? 0 : 0
        if size <= 0 { choice(medium, path.child("medium"), ["", "Memory", "HugePages", "HugePages-<size>"]) }
    }

    private mutating func checkHostPath(_ volume: Kubernetes.Volume, _ path: FieldPath) {
        let place = volume.hostPath?.path ?? ""
        if place.isEmpty { required(path.child("path")) }
        if place.split(separator: "/").contains("..") { invalid(path.child("path"), place, "must not contain '..'") }
        choice(
            volume.hostPath?.type, path.child("type"),
            ["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"])
    }

    private mutating func checkProjected(_ volume: Kubernetes.Volume, _ path: FieldPath) {
        checkMode(volume.projected?.defaultMode, path.child("defaultMode"))
        var taken: Set<String> = []
        for (index, source) in (volume.projected?.sources ?? []).enumerated() {
            let path = path.child("sources").index(index)
            let paths = checkProjection(source, path)
            for place in paths where !taken.insert(place).inserted {
                invalid(path, place, "conflicting duplicate paths")
            }
            let count = [
                source.configMap != nil, source.secret != nil, source.downwardAPI != nil,
                source.serviceAccountToken != nil, source.clusterTrustBundle != nil,
            ].count { $0 }
            if count > 1 {
                problems.append("\(path): Forbidden: may not specify more than 1 volume type per source")
            }
            if count == 0 { required(path, "must specify a source") }
        }
    }

    /// Returns where its files are to lie.
    private mutating func checkProjection(_ source: VolumeProjection, _ path: FieldPath) -> [String] {
        var paths: [String] = []
        if let map = source.configMap {
            if map.name.unlessEmpty == nil { required(path.child("configMap").child("name")) }
            checkItems(map.items ?? [], path.child("configMap").child("items"))
            paths += (map.items ?? []).compactMap(\.path)
        }
        if let secret = source.secret {
            if secret.name.unlessEmpty == nil { required(path.child("secret").child("name")) }
            checkItems(secret.items ?? [], path.child("secret").child("items"))
            paths += (secret.items ?? []).compactMap(\.path)
        }
        if let downward = source.downwardAPI {
            checkDownward(downward.items ?? [], path.child("downwardAPI").child("items"))
            paths += (downward.items ?? []).compactMap(\.path)
        }
        for (name, file) in [
            ("serviceAccountToken", source.serviceAccountToken?.path),
            ("clusterTrustBundle", source.clusterTrustBundle?.path),
        ] {
            guard let file else { continue }
            checkFilePath(file, path.child(name).child("path"))
            paths.append(file)
        }
        return paths
    }

    private mutating func checkItems(_ items: [KeyToPath], _ path: FieldPath) {
        for (index, item) in items.enumerated() {
            let path = path.index(index)
            if item.key.unlessEmpty == nil { required(path.child("key")) }
            checkFilePath(item.path, path.child("path"))
            checkMode(item.mode, path.child("mode"))
        }
    }

    private mutating func checkDownward(_ items: [DownwardAPIVolumeFile], _ path: FieldPath) {
        for (index, item) in items.enumerated() {
            let path = path.index(index)
            checkFilePath(item.path, path.child("path"))
            checkMode(item.mode, path.child("mode"))
            switch (item.fieldRef, item.resourceFieldRef) {
            case (_?, _?):
                invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
            case (let field?, nil): checkField(field.fieldPath, path.child("fieldRef"), DownwardField.inFiles)
            case (nil, let resource?):
                if resource.containerName.unlessEmpty == nil {
                    required(path.child("resourceFieldRef").child("containerName"))
                }
                checkResource(resource.resource, path.child("resourceFieldRef"))
            case (nil, nil): required(path, "one of fieldRef and resourceFieldRef is required")
            }
        }
    }

    /// Source: `validateLocalNonReservedPath`.
    private mutating func checkFilePath(_ value: String?, _ path: FieldPath) {
        guard let value = value.unlessEmpty else { return required(path) }
        checkDescending(value, path)
        if value.hasPrefix("..") && !value.hasPrefix("../") { invalid(path, value, "must not start with '..'") }
    }

    /// Source: `validateLocalDescendingPath`.
    mutating func checkDescending(_ value: String, _ path: FieldPath) {
        if value.hasPrefix("/") { invalid(path, value, "must be a relative path") }
        if value.split(separator: "/").contains("..") { invalid(path, value, "must not contain '..'") }
    }

    private mutating func checkAbsolute(_ value: String?, _ path: FieldPath) {
        guard let value = value.unlessEmpty else { return required(path) }
        if !value.hasPrefix("/") { invalid(path, value, "must be an absolute path") }
    }

    private mutating func checkMode(_ mode: Int32?, _ path: FieldPath) {
        guard let mode, !(0...0o777).contains(mode) else { return }
        invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")
    }

    mutating func checkField(_ field: String?, _ path: FieldPath, _ supported: [String]) {
        guard let field = field.unlessEmpty else { return required(path.child("fieldPath")) }
        if supported.contains(field) || DownwardField.key(of: field) != nil { return }
        choice(field, path.child("fieldPath"), supported)
    }

    mutating func checkResource(_ resource: String?, _ path: FieldPath) {
        guard let resource = resource.unlessEmpty else { return required(path.child("resource")) }
        let kinds = ["limits.", "requests."].flatMap { way in
            ["cpu", "memory", "ephemeral-storage"].map { way + $0 }
        }
        if kinds.contains(resource) || resource.hasPrefix("limits.hugepages-")
            || resource.hasPrefix("requests.hugepages-")
        {
            return
        }
        choice(resource, path.child("resource"), kinds)
    }
}

/// Names of what a pod may know of itself. Source: facts of kubelet, §8.2 and §14.4.
package enum DownwardField {
    static let inFiles = [
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid",
    ]
    static let inEnvironment = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]

    /// `metadata.labels['app']`: the kind and the key.
    package static func key(of field: String) -> (kind: String, key: String)? {
        for kind in ["metadata.labels", "metadata.annotations"] where field.hasPrefix("\(kind)['") {
            let key = field.dropFirst(kind.count + 2)
            return key.hasSuffix("']") ? (kind, String(key.dropLast(2))) : nil
        }
        return nil
    }
}
