/// `certificates.k8s.io/v1beta1` `ClusterTrustBundle`: certificates that whoever wants to may trust.
package struct ClusterTrustBundle: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    package var spec: ClusterTrustBundleSpec?
    package init() {}
}

/// `certificates.k8s.io/v1beta1` `ClusterTrustBundleSpec`.
package struct ClusterTrustBundleSpec: Codable, Equatable, Sendable {
    package var signerName: String?
    /// PEM.
    package var trustBundle: String?
    package init() {}
}

extension LabelSelector {
    /// Whether it chooses what has these labels; one that says nothing chooses all. Source: `meta/v1` `LabelSelector`.
    package func matches(_ labels: [String: String]) -> Bool {
        (matchLabels ?? [:]).allSatisfy { labels[$0] == $1 }
            && (matchExpressions ?? []).allSatisfy { requirement in
                let value = labels[requirement.key ?? ""]
                let isListed = value.map { (requirement.values ?? []).contains($0) } ?? false
                return switch requirement.operator {
                case "In": isListed
                case "NotIn": !isListed
                case "Exists": value != nil
                case "DoesNotExist": value == nil
                default: false
                }
            }
    }
}
