import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `A node that reads what its pods refer to` {
    private static let map = "/api/v1/namespaces/default/configmaps/cm"

    private func set(_ value: String, _ cluster: TestCluster) async throws {
        try await cluster.ask(
            "PATCH", Self.map, #"{"data": {"k": "\#(value)"}}"#, type: "application/merge-patch+json")
    }

    private func createPod(_ name: String, _ cluster: TestCluster) async throws {
        try await cluster.createPod(
            name, "sleep 1000", spec: #""volumes": [{"name": "cm", "configMap": {"name": "cm"}}],"#,
            container: #""volumeMounts": [{"name": "cm", "mountPath": "/cm"}],"#)
        #expect(try await cluster.eventually { try await cluster.phase(name) == "Running" })
    }

    @Test(arguments: ["Get", "Cache"], ControlPlane.available)
    func `watches no config map, and learns of changes as its strategy says`(
        strategy: String, on controlPlane: ControlPlane
    ) async throws {
        let configuration = "configMapAndSecretChangeDetectionStrategy: \(strategy)\nsyncFrequency: 1s"
        try await withCluster(controlPlane, configuration: configuration) { cluster, agent in
            try await cluster.ask(
                "POST", "/api/v1/namespaces/default/configmaps", #"{"metadata": {"name": "cm"}, "data": {"k": "one"}}"#)
            try await createPod("a", cluster)
            func content(_ pod: String) async throws -> String {
                try await agent.ask("exec", pod, "--", "cat", "/cm/k").output
            }
            #expect(try await content("a") == "one")
            try await set("two", cluster)
            if strategy == "Cache" {
                // What was read is believed for a minute, but not by a new pod.
                try await Task.sleep(for: .seconds(3))
                #expect(try await content("a") == "one")
                try await createPod("b", cluster)
                #expect(try await content("b") == "two")
                #expect(try await cluster.eventually { try await content("a") == "two" })
                try await cluster.ask(
                    "PATCH", "/api/v1/nodes/node1",
                    #"{"metadata": {"annotations": {"node.alpha.kubernetes.io/ttl": "0"}}}"#,
                    type: "application/merge-patch+json")
            }
            try await set("three", cluster)
            #expect(try await cluster.eventually { try await content("a") == "three" })
            let asked = try cluster.requests().filter { $0.uri.contains("/configmaps") }
            #expect(!asked.isEmpty)
            #expect(Set(asked.map(\.verb)) == ["get"])
        }
    }
}
