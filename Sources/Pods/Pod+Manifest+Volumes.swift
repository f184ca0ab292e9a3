import Kubernetes

extension Pod.Volume {
    init(valid volume: Kubernetes.Volume) {
        self.init(name: volume.name ?? "", source: .emptyDir(.init()))
        if let path = volume.hostPath {
            source = .hostPath(path: path.path ?? "", type: path.type.flatMap(Pod.HostPathType.init) ?? .unset)
        } else if let empty = volume.emptyDir {
            source = .emptyDir(
                .init(medium: .init(empty.medium ?? ""), sizeLimit: empty.sizeLimit.map { ByteCount($0.value) }))
        } else if let image = volume.image {
            let policy = image.pullPolicy.flatMap(Pod.Container.PullPolicy.init)
            source = .image(reference: image.reference ?? "", pullPolicy: policy ?? .ifNotPresent)
        } else if let nfs = volume.nfs {
            source = .nfs(server: nfs.server ?? "", path: nfs.path ?? "", isReadOnly: nfs.readOnly ?? false)
        } else if let claim = volume.persistentVolumeClaim {
            source = .claim(name: claim.claimName ?? "", isReadOnly: claim.readOnly ?? false)
        } else if let files = Pod.Files(valid: volume) {
            source = .files(files)
        }
    }
}

extension Pod.EmptyDirectory.Medium {
    fileprivate init(_ medium: String) {
        self =
            switch medium {
            case "Memory": .memory
            case "HugePages": .hugePages(size: nil)
            case let size where size.hasPrefix("HugePages-"): .hugePages(size: String(size.dropFirst(10)))
            default: .disk
            }
    }
}

extension Pod.Files {
    fileprivate init?(valid volume: Kubernetes.Volume) {
        if let map = volume.configMap {
            self.init(
                kind: .configMap, sources: [.configMap(.init(map.name, map.items, map.optional))],
                defaultMode: Self.mode(map.defaultMode))
        } else if let secret = volume.secret {
            self.init(
                kind: .secret, sources: [.secret(.init(secret.secretName, secret.items, secret.optional))],
                defaultMode: Self.mode(secret.defaultMode))
        } else if let downward = volume.downwardAPI {
            self.init(
                kind: .downwardAPI, sources: [.downwardAPI((downward.items ?? []).map(Pod.DownwardItem.init(valid:)))],
                defaultMode: Self.mode(downward.defaultMode))
        } else if let projected = volume.projected {
            let sources = (projected.sources ?? []).flatMap(Source.all(valid:))
            self.init(kind: .projected, sources: sources, defaultMode: Self.mode(projected.defaultMode))
        } else {
            return nil
        }
    }

    private static func mode(_ mode: Int32?) -> UInt32 { mode.map(UInt32.init(clamping:)) ?? 0o644 }
}

extension Pod.Files.Source {
    fileprivate static func all(valid source: VolumeProjection) -> [Self] {
        [
            source.configMap.map { .configMap(.init($0.name, $0.items, $0.optional)) },
            source.secret.map { .secret(.init($0.name, $0.items, $0.optional)) },
            source.downwardAPI.map { .downwardAPI(($0.items ?? []).map(Pod.DownwardItem.init(valid:))) },
            source.serviceAccountToken.map {
                .token(
                    .init(
                        path: $0.path ?? "", audience: $0.audience ?? "",
                        expirationSeconds: $0.expirationSeconds ?? 3600))
            },
            source.clusterTrustBundle.map {
                .trustBundle(
                    .init(
                        path: $0.path ?? "", name: $0.name, signerName: $0.signerName,
                        selector: $0.labelSelector, isOptional: $0.optional ?? false))
            },
        ].compactMap(\.self)
    }
}

extension Pod.ObjectItems {
    fileprivate init(_ name: String?, _ items: [KeyToPath]?, _ optional: Bool?) {
        self.init(
            name: name ?? "",
            items: items.flatMap { items in
                items.isEmpty
                    ? nil
                    : items.map {
                        Item(key: $0.key ?? "", path: $0.path ?? "", mode: $0.mode.map(UInt32.init(clamping:)))
                    }
            },
            isOptional: optional ?? false)
    }
}

extension Pod.DownwardItem {
    fileprivate init(valid item: DownwardAPIVolumeFile) {
        self.init(
            path: item.path ?? "", value: Pod.DownwardValue(item.fieldRef, item.resourceFieldRef) ?? .field(""),
            mode: item.mode.map(UInt32.init(clamping:)))
    }
}

extension Pod.DownwardValue {
    init?(_ field: ObjectFieldSelector?, _ resource: ResourceFieldSelector?) {
        if let field {
            self = .field(field.fieldPath ?? "")
        } else if let resource {
            let divisor = resource.divisor.map(\.milliValue) ?? 0
            self = .resource(
                container: resource.containerName.unlessEmpty, name: resource.resource ?? "",
                divisor: .init(thousandths: divisor > 0 ? divisor : 1000))
        } else {
            return nil
        }
    }
}

extension Pod.Container.EnvironmentVariable {
    init(valid variable: EnvVar) {
        self.init(name: variable.name ?? "", value: variable.value ?? "")
        guard let from = variable.valueFrom, value.isEmpty else { return }
        if let map = from.configMapKeyRef {
            source = .configMap(name: map.name ?? "", key: map.key ?? "", isOptional: map.optional ?? false)
        } else if let secret = from.secretKeyRef {
            source = .secret(name: secret.name ?? "", key: secret.key ?? "", isOptional: secret.optional ?? false)
        } else if let file = from.fileKeyRef {
            source = .file(
                volume: file.volumeName ?? "", path: file.path ?? "", key: file.key ?? "",
                isOptional: file.optional ?? false)
        } else {
            source = Pod.DownwardValue(from.fieldRef, from.resourceFieldRef).map { .downward($0) }
        }
    }
}

extension Pod.Container.EnvironmentSource {
    init?(valid source: EnvFromSource) {
        if let map = source.configMapRef {
            self.init(kind: .configMap, name: map.name ?? "", isOptional: map.optional ?? false)
        } else if let secret = source.secretRef {
            self.init(kind: .secret, name: secret.name ?? "", isOptional: secret.optional ?? false)
        } else {
            return nil
        }
        prefix = source.prefix ?? ""
    }
}
