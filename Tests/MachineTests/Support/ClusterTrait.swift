import Testing

/// Lends a suite an API server that this machine can join, and takes the machine out of that cluster again.
struct ClusterTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await AgentService.untilItIsUp()
        try await doing {
            try await ClusterServer.begin()
            try await function()
        } afterwards: {
            try await leave()
        }
    }

    private func leave() async throws {
        _ = try? await ClusterServer.ask("DELETE", "\(ClusterPod.all)?gracePeriodSeconds=0")
        // Pods of manifests carry the node's name.
        try await until("nothing of the cluster's is left") { () -> Bool? in
            // An agent that does not answer has not said that nothing is left.
            guard let pods = try? await shell("swiftlet pods list -o name") else { return nil }
            return pods.split(separator: "\n").allSatisfy { $0.hasSuffix("-node1") }.orNil
        }
        try await shell(
            """
            systemctl stop swiftlet
            rm -rf /etc/kubernetes /etc/default/swiftlet /etc/swiftlet/config.d/60-cluster.conf \
                /var/lib/swiftlet/pki /var/lib/swiftlet/ledger/cluster-* \(ClusterPod.place)
            systemctl start swiftlet
            """)
        try await AgentService.untilItIsUp()
        try await ClusterServer.end()
    }
}

extension Trait where Self == ClusterTrait {
    /// Has an API server beyond a line of its own.
    static var cluster: Self { Self() }
}
