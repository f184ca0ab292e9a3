import Kubernetes

/// What of the API a pod refers to, and by which field.
struct StaticReference: Equatable {
    var field: FieldPath
    /// In the kubelet's words.
    var object: String
}

extension Kubernetes.Pod {
    /// What of the API the pod refers to, which a pod from a manifest may not.
    ///
    /// Source: kubelet's `podutil.HasAPIObjectReference`; its words.
    var staticReference: StaticReference? {
        guard let spec else { return nil }
        let path = FieldPath("spec")
        for (name, account) in [
            ("serviceAccountName", spec.serviceAccountName), ("serviceAccount", spec.serviceAccount),
        ]
        where account.unlessEmpty != nil { return StaticReference(field: path.child(name), object: "serviceaccounts") }
        if spec.imagePullSecrets?.isEmpty == false {
            return StaticReference(field: path.child("imagePullSecrets"), object: "secrets")
        }
        if spec.resourceClaims?.isEmpty == false {
            return StaticReference(field: path.child("resourceClaims"), object: "resourceclaims")
        }
        let containers: [(String, [([EnvVar]?, [EnvFromSource]?)])] = [
            ("initContainers", (spec.initContainers ?? []).map { ($0.env, $0.envFrom) }),
            ("containers", (spec.containers ?? []).map { ($0.env, $0.envFrom) }),
            ("ephemeralContainers", (spec.ephemeralContainers ?? []).map { ($0.env, $0.envFrom) }),
        ]
        for (name, environments) in containers {
            for (index, (variables, sources)) in environments.enumerated() {
                let place = path.child(name).index(index)
                if let found = Self.reference(of: variables ?? [], sources ?? [], at: place) { return found }
            }
        }
        for (index, volume) in (spec.volumes ?? []).enumerated() {
            if let found = volume.staticReference(at: path.child("volumes").index(index)) { return found }
        }
        return nil
    }

    private static func reference(
        of variables: [EnvVar], _ sources: [EnvFromSource], at path: FieldPath
    ) -> StaticReference? {
        for (index, source) in sources.enumerated() {
            let place = path.child("envFrom").index(index)
            if source.configMapRef != nil {
                return StaticReference(field: place.child("configMapRef"), object: "configmaps")
            }
            if source.secretRef != nil { return StaticReference(field: place.child("secretRef"), object: "secrets") }
        }
        for (index, variable) in variables.enumerated() {
            let place = path.child("env").index(index).child("valueFrom")
            if variable.valueFrom?.configMapKeyRef != nil {
                return StaticReference(field: place.child("configMapKeyRef"), object: "configmaps")
            }
            if variable.valueFrom?.secretKeyRef != nil {
                return StaticReference(field: place.child("secretKeyRef"), object: "secrets")
            }
        }
        return nil
    }
}

extension Kubernetes.Volume {
    fileprivate func staticReference(at path: FieldPath) -> StaticReference? {
        let references: [(Bool, String, String)] = [
            (configMap != nil, "configMap", "configmaps (via configmap volumes)"),
            (secret != nil, "secret", "secrets (via secret volumes)"),
            (csi != nil, "csi", "csidrivers (via CSI volumes)"),
            (glusterfs != nil, "glusterfs", "endpoints (via glusterFS volumes)"),
            (persistentVolumeClaim != nil, "persistentVolumeClaim", "persistentvolumeclaims"),
            (ephemeral != nil, "ephemeral", "persistentvolumeclaims (via ephemeral volumes)"),
            (azureFile != nil, "azureFile", "secrets (via azureFile volumes)"),
        ]
        if let (_, name, object) = references.first(where: \.0) {
            return StaticReference(field: path.child(name), object: object)
        }
        for (index, source) in (projected?.sources ?? []).enumerated() {
            let references: [(Bool, String, String)] = [
                (source.clusterTrustBundle != nil, "clusterTrustBundle", "clustertrustbundles"),
                (source.podCertificate != nil, "podCertificate", "podcertificates"),
                (source.configMap != nil, "configMap", "configmaps (via projected volumes)"),
                (source.secret != nil, "secret", "secrets (via projected volumes)"),
                (
                    source.serviceAccountToken != nil, "serviceAccountToken",
                    "serviceaccounts (via projected volumes)"
                ),
            ]
            if let (_, name, object) = references.first(where: \.0) {
                let place = path.child("projected").child("sources").index(index)
                return StaticReference(field: place.child(name), object: object)
            }
        }
        return nil
    }
}
