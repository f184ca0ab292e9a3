package import Kubernetes

/// How the agent and its node are.
package struct NodeStatusView: Codable, Equatable, Sendable {
    package var node: String
    /// The agent's version.
    package var version: String
    package var pid: Int32
    package var startedAt: Time
    package var rootDirectory: String
    package var stateDirectory: String
    /// Parts of the node that can be ready or not: `network`, `images`, `cgroups`, `manifests` …
    package var conditions: [ConditionView]
    package var kernel: String?
    /// Pods that are wanted, by phase.
    package var podsByPhase: [String: Int]
    package var containersRunning: Int
    package var images: Int
    /// `nil`: the node stands alone.
    package var cluster: ClusterView?
    /// What a person should know: controllers that are missing, settings that have no effect …
    package var warnings: [String]

    package init(node: String, version: String, pid: Int32, startedAt: Time, root: String, state: String) {
        self.node = node
        self.version = version
        self.pid = pid
        self.startedAt = startedAt
        rootDirectory = root
        stateDirectory = state
        (conditions, podsByPhase, containersRunning, images, warnings) = ([], [:], 0, 0, [])
    }

    /// Every part is ready.
    package var isReady: Bool { conditions.allSatisfy { $0.status == "True" } }
}

/// One image in the node's store.
package struct ImageView: Codable, Equatable, Sendable {
    /// Digest of its configuration, `sha256:…`.
    package var id: String
    /// `docker.io/library/busybox:1.36`; empty for an image that lost its names.
    package var names: [String]
    /// `docker.io/library/busybox@sha256:…`.
    package var digests: [String]
    /// Bytes of its layers as they came, compressed or not.
    package var size: Int64
    package var createdAt: Time?
    /// Pods that use it.
    package var usedBy: [String]

    package init(id: String, names: [String], digests: [String] = [], size: Int64 = 0, createdAt: Time? = nil) {
        self.id = id
        self.names = names
        self.digests = digests
        self.size = size
        self.createdAt = createdAt
        usedBy = []
    }
}
