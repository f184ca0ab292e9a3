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

    @Test(arguments: ControlPlane.available)
    func `starts a pod soon after its claim is bound`(on controlPlane: ControlPlane) async throws {
        try await withCluster(controlPlane) { cluster, agent in
            let claims = "/api/v1/namespaces/default/persistentvolumeclaims"
            let mount = #""volumeMounts": [{"name": "v", "mountPath": "/v"}],"#
            try await cluster.createPod(
                "web", "sleep 1000",
                spec: #""volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],"#, container: mount)
            // It is not there at first, and then belongs to no volume.
            try await Task.sleep(for: .seconds(3))
            let claim = try await cluster.ask(
                "POST", claims,
                """
                {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "",
                  "resources": {"requests": {"storage": "1Mi"}}}}
                """)
            let uid = try #require((claim["metadata"] as? [String: Any])?["uid"] as? String)
            try await Task.sleep(for: .seconds(5))
            #expect(try await cluster.phase("web") == "Pending")
            let path = agent.directory.appending(path: "volume")
            try FileManager.default.createDirectory(at: path, withIntermediateDirectories: true)
            try await cluster.ask(
                "POST", "/api/v1/persistentvolumes",
                """
                {"metadata": {"name": "pv"}, "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Mi"},
                  "hostPath": {"path": "\(path.path)"},
                  "claimRef": {"namespace": "default", "name": "data", "uid": "\(uid)"}}}
                """)
            try await cluster.ask(
                "PATCH", "\(claims)/data", #"{"spec": {"volumeName": "pv"}}"#, type: "application/merge-patch+json")
            let bound = ContinuousClock.now
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            #expect(bound.duration(to: .now) < .seconds(5))
        }
    }

    @Test func `follows a new syncFrequency at once`() async throws {
        let configuration = "configMapAndSecretChangeDetectionStrategy: Get\nsyncFrequency: "
        try await withCluster(configuration: configuration + "1h") { cluster, agent in
            try await cluster.ask(
                "POST", "/api/v1/namespaces/default/configmaps", #"{"metadata": {"name": "cm"}, "data": {"k": "one"}}"#)
            try await createPod("a", cluster)
            try await set("two", cluster)
            func content() async throws -> String { try await agent.ask("exec", "a", "--", "cat", "/cm/k").output }
            try await Task.sleep(for: .seconds(2))
            #expect(try await content() == "one")
            try agent.configure(configuration + "1s")
            agent.reload()
            #expect(try await cluster.eventually { try await content() == "two" })
            try await set("three", cluster)
            #expect(try await cluster.eventually(within: .seconds(10)) { try await content() == "three" })
        }
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
