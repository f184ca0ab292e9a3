package import Kubernetes

/// Where objects of one kind are found at the API server, and what they are decoded to.
package struct Resource<Object: Codable & Sendable>: Sendable {
    /// `/api/v1`, or `/apis/` with a group and version.
    package let group: String
    package let plural: String

    package init(_ group: String, _ plural: String) {
        self.group = group
        self.plural = plural
    }

    /// The path of all objects, of those of a namespace, or of one, with its subresource.
    package func path(_ name: String? = nil, in namespace: String? = nil, _ subresource: String? = nil) -> String {
        var path = group
        if let namespace { path += "/namespaces/\(namespace)" }
        path += "/\(plural)"
        if let name { path += "/\(name)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

/// The kinds of objects that a node deals with.
package enum Resources {
    package static let pods = Resource<Pod>("/api/v1", "pods")
    package static let nodes = Resource<ClusterNode>("/api/v1", "nodes")
    package static let events = Resource<Event>("/api/v1", "events")
    package static let configMaps = Resource<ConfigMap>("/api/v1", "configmaps")
    package static let secrets = Resource<Secret>("/api/v1", "secrets")
    package static let services = Resource<ClusterService>("/api/v1", "services")
    package static let persistentVolumes = Resource<PersistentVolume>("/api/v1", "persistentvolumes")
    package static let persistentVolumeClaims = Resource<PersistentVolumeClaim>("/api/v1", "persistentvolumeclaims")
    package static let serviceAccounts = Resource<ServiceAccount>("/api/v1", "serviceaccounts")
    package static let tokens = Resource<TokenRequest>("/api/v1", "serviceaccounts")
    package static let leases = Resource<Lease>("/apis/coordination.k8s.io/v1", "leases")
    package static let csiNodes = Resource<CSINode>("/apis/storage.k8s.io/v1", "csinodes")
    package static let runtimeClasses = Resource<RuntimeClass>("/apis/node.k8s.io/v1", "runtimeclasses")
    package static let tokenReviews = Resource<TokenReview>("/apis/authentication.k8s.io/v1", "tokenreviews")
    package static let accessReviews = Resource<SubjectAccessReview>(
        "/apis/authorization.k8s.io/v1", "subjectaccessreviews")
    package static let signingRequests = Resource<CertificateSigningRequest>(
        "/apis/certificates.k8s.io/v1", "certificatesigningrequests")
    package static let trustBundles = Resource<ClusterTrustBundle>(
        "/apis/certificates.k8s.io/v1beta1", "clustertrustbundles")
}
