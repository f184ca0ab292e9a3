package import JSONText

/// `node.k8s.io/v1` `RuntimeClass`: a name for a way of running pods.
package struct RuntimeClass: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    /// The runtime's name in the node's table.
    package var handler: String?
    package var overhead: RuntimeOverhead?
    /// For schedulers only.
    package var scheduling: JSON?
    package init() {}
}

/// `node.k8s.io/v1` `Overhead`: what running a pod takes beside its containers.
package struct RuntimeOverhead: Codable, Equatable, Sendable {
    package var podFixed: [String: Quantity]?
    package init() {}
}
