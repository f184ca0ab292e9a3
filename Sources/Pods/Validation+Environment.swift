import Kubernetes

extension Validation {
    mutating func checkEnvironment(_ container: Kubernetes.Container, _ path: FieldPath) {
        for (index, source) in (container.envFrom ?? []).enumerated() {
            let path = path.child("envFrom").index(index)
            switch (source.configMapRef, source.secretRef) {
            case (_?, _?): invalid(path, "", "may not have more than one field specified at a time")
            case (nil, nil): invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
            case (let map?, nil): if map.name.unlessEmpty == nil { required(path.child("configMapRef").child("name")) }
            case (nil, let secret?):
                if secret.name.unlessEmpty == nil { required(path.child("secretRef").child("name")) }
            }
        }
        for (index, variable) in (container.env ?? []).enumerated() {
            guard let from = variable.valueFrom else { continue }
            checkSource(from, of: variable, path.child("env").index(index).child("valueFrom"))
        }
    }

    private mutating func checkSource(_ from: EnvVarSource, of variable: EnvVar, _ path: FieldPath) {
        let count = [
            from.fieldRef != nil, from.resourceFieldRef != nil, from.configMapKeyRef != nil, from.secretKeyRef != nil,
            from.fileKeyRef != nil,
        ].count { $0 }
        if count == 0 {
            invalid(
                path, "",
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            )
        } else if variable.value.unlessEmpty != nil {
            invalid(path, "", "may not be specified when `value` is not empty")
        } else if count > 1 {
            invalid(path, "", "may not have more than one field specified at a time")
        }
        if let field = from.fieldRef {
            checkField(field.fieldPath, path.child("fieldRef"), DownwardField.inEnvironment)
        }
        if let resource = from.resourceFieldRef { checkResource(resource.resource, path.child("resourceFieldRef")) }
        for (name, key, place) in [
            (
                from.configMapKeyRef?.name, from.configMapKeyRef?.key,
                from.configMapKeyRef.map { _ in "configMapKeyRef" }
            ),
            (from.secretKeyRef?.name, from.secretKeyRef?.key, from.secretKeyRef.map { _ in "secretKeyRef" }),
        ] {
            guard let place else { continue }
            if name.unlessEmpty == nil { required(path.child(place).child("name")) }
            if key.unlessEmpty == nil { required(path.child(place).child("key")) }
        }
        if let file = from.fileKeyRef { checkFile(file, path.child("fileKeyRef")) }
    }

    private mutating func checkFile(_ file: FileKeySelector, _ place: FieldPath) {
        if file.key.unlessEmpty == nil { required(place.child("key")) }
        if let path = file.path.unlessEmpty {
            checkDescending(path, place.child("path"))
        } else {
            required(place.child("path"))
        }
        guard let volume = file.volumeName.unlessEmpty else { return required(place.child("volumeName")) }
        if !volumeNames.contains(volume) { notFound(place.child("volumeName"), volume) }
    }

    mutating func checkSubPath(_ mount: VolumeMount, _ path: FieldPath) {
        if let sub = mount.subPath.unlessEmpty { checkDescending(sub, path.child("subPath")) }
        guard let expression = mount.subPathExpr.unlessEmpty else { return }
        if mount.subPath.unlessEmpty != nil {
            invalid(path.child("subPathExpr"), expression, "subPathExpr and subPath are mutually exclusive")
        }
        checkDescending(expression, path.child("subPathExpr"))
    }
}
