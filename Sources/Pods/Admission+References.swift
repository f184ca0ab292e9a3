import Kubernetes

extension Kubernetes.Pod {
    /// What of the API the pod refers to, which a pod from a manifest may not.
    ///
    /// Source: kubelet's `podutil.HasAPIObjectReference`; its words.
    var staticReference: String? {
        guard let spec else { return nil }
        if spec.serviceAccountName.unlessEmpty != nil || spec.serviceAccount.unlessEmpty != nil {
            return "serviceaccounts"
        }
        if let secrets = spec.imagePullSecrets, !secrets.isEmpty { return "secrets" }
        if let claims = spec.resourceClaims, !claims.isEmpty { return "resourceclaims" }
        for container in (spec.initContainers ?? []) + (spec.containers ?? []) {
            if let reference = Self.reference(of: container.env ?? [], container.envFrom ?? []) { return reference }
        }
        if let containers = spec.ephemeralContainers {
            for container in containers {
                if let reference = Self.reference(of: container.env ?? [], container.envFrom ?? []) {
                    return reference
                }
            }
        }
        for volume in spec.volumes ?? [] { if let reference = volume.staticReference { return reference } }
        return nil
    }

    private static func reference(of environment: [EnvVar], _ sources: [EnvFromSource]) -> String? {
        for source in sources {
            if source.configMapRef != nil { return "configmaps" }
            if source.secretRef != nil { return "secrets" }
        }
        for variable in environment {
            if variable.valueFrom?.configMapKeyRef != nil { return "configmaps" }
            if variable.valueFrom?.secretKeyRef != nil { return "secrets" }
        }
        return nil
    }
}

extension Kubernetes.Volume {
    fileprivate var staticReference: String? {
        if configMap != nil { return "configmaps (via configmap volumes)" }
        if secret != nil { return "secrets (via secret volumes)" }
        if csi != nil { return "csidrivers (via CSI volumes)" }
        if glusterfs != nil { return "endpoints (via glusterFS volumes)" }
        if persistentVolumeClaim != nil { return "persistentvolumeclaims" }
        if ephemeral != nil { return "persistentvolumeclaims (via ephemeral volumes)" }
        if azureFile != nil { return "secrets (via azureFile volumes)" }
        for source in projected?.sources ?? [] {
            if source.clusterTrustBundle != nil { return "clustertrustbundles" }
            if source.podCertificate != nil { return "podcertificates" }
            if source.configMap != nil { return "configmaps (via projected volumes)" }
            if source.secret != nil { return "secrets (via projected volumes)" }
            if source.serviceAccountToken != nil { return "serviceaccounts (via projected volumes)" }
        }
        return nil
    }
}
