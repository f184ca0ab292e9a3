import Kubernetes

/// What of the API a pod refers to, and by which field.
struct StaticReference: Equatable {
    var field: FieldPath
    /// In the kubelet's words.
    var object: String
}

extension Kubernetes.Pod {
    /// What of the API the pod refers to, which a pod from a manifest may not. Config maps, secrets and claims it may:
    /// they come from manifests of the node's own, see ``LocalObjects``.
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
        for (index, volume) in (spec.volumes ?? []).enumerated() {
            if let found = volume.staticReference(at: path.child("volumes").index(index)) { return found }
        }
        return nil
    }
}

extension Kubernetes.Volume {
    fileprivate func staticReference(at path: FieldPath) -> StaticReference? {
        let references: [(Bool, String, String)] = [
            (csi != nil, "csi", "csidrivers (via CSI volumes)"),
            (glusterfs != nil, "glusterfs", "endpoints (via glusterFS volumes)"),
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
