import Foundation
import TestSupport
import Testing

/// What is said of a pod as a whole, where an API server has checked and defaulted it, and hears what came of it.
@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `A pod of a cluster with resources of its own` {
    private typealias Object = [String: Any]

    @Test(arguments: ControlPlane.available)
    func `is resized in place, as the node has declared`(on controlPlane: ControlPlane) async throws {
        try await withCluster(controlPlane, prepare: { try $0.writeNetwork() }) { cluster, agent in
            func status() async throws -> Object { try await cluster.pod("whole").flatMap(TestCluster.status) ?? [:] }
            func memory() async throws -> String? {
                (try await status()["allocatedResources"] as? Object)?["memory"] as? String
            }
            #expect(
                try await cluster.eventually {
                    let node = TestCluster.status(try await cluster.ask("GET", "/api/v1/nodes/node1"))
                    let declared = node?["declaredFeatures"] as? [String] ?? []
                    return declared.contains("InPlacePodLevelResourcesVerticalScaling")
                })
            try await cluster.createPod(
                "whole", "trap 'exit 0' TERM; while :; do sleep 0.1; done",
                spec: #""resources": {"limits": {"cpu": "200m", "memory": "32Mi"}},"#)
            #expect(try await cluster.eventually { try await cluster.phase("whole") == "Running" })
            #expect(try await status()["qosClass"] as? String == "Guaranteed")
            #expect(try await memory() == "32Mi")
            let before = try await status()["containerStatuses"] as? [Object]
            #expect(before?.first?["resources"] as? Object != nil)
            let answer = try await cluster.ask(
                "PATCH", "\(TestCluster.pods)/whole/resize",
                """
                {"spec": {"resources": {"limits": {"cpu": "100m", "memory": "48Mi"},
                                        "requests": {"cpu": "100m", "memory": "48Mi"}}}}
                """, type: "application/merge-patch+json")
            #expect(answer["kind"] as? String == "Pod", "\(answer)")
            #expect(try await cluster.eventually { try await memory() == "48Mi" })
            #expect(
                try await cluster.eventually {
                    TestCluster.condition(try await cluster.pod("whole"), "PodResizeInProgress") == nil
                })
            let after = try await status()["containerStatuses"] as? [Object]
            #expect(after?.first?["restartCount"] as? Int == 0)
            #expect(after?.first?["containerID"] as? String == before?.first?["containerID"] as? String)
        }
    }
}
