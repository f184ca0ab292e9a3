import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `A node whose API server has another time` {
    /// Every certificate is dated back five minutes: a server that is behind has to be so from its beginning.
    @Test(arguments: [3600, -3600])
    func `is ready, runs pods, and renews their tokens before they end and not all the time`(ahead: Int) async throws {
        let settings = ["clock=\(min(0, ahead))", "token-lifetime=40"]
        try await withCluster(settings: settings, prepare: { try $0.writeNetwork() }) { cluster, agent in
            try await cluster.command("set", "clock=\(ahead)")
            try await cluster.createPod("web", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            let first = try await token(of: "web", agent)
            #expect(try await isGood(first, cluster))
            let began = ContinuousClock.now
            #expect(
                try await cluster.eventually(within: .seconds(45)) { try await token(of: "web", agent) != first })
            #expect(began.duration(to: .now) > .seconds(20), "it is not asked for all the time")
            #expect(try await isGood(first, cluster), "the next is there before the first ends")
            #expect(try await isGood(token(of: "web", agent), cluster))
            let asked = try cluster.requests().filter { $0.uri.hasSuffix("/token") }
            #expect(asked.count == 2)
            let node = try await cluster.ask("GET", "/api/v1/nodes/node1")
            #expect(TestCluster.condition(node, "Ready") == "True")
            try await cluster.ask("DELETE", "\(TestCluster.pods)/web")
            #expect(try await cluster.eventually { try await cluster.pod("web") == nil })
        }
    }

    private func token(of pod: String, _ agent: AgentProcess) async throws -> String {
        try await agent.ask("exec", pod, "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/token").output
    }

    private func isGood(_ token: String, _ cluster: TestCluster) async throws -> Bool {
        let review = try await cluster.ask(
            "POST", "/apis/authentication.k8s.io/v1/tokenreviews",
            """
            {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": "\(token)"}}
            """)
        return TestCluster.status(review)?["authenticated"] as? Bool == true
    }
}
