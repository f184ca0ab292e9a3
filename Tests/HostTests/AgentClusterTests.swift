import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `A node of a cluster` {
    private let node = "/api/v1/nodes/node1"
    private let forever = "trap 'exit 0' TERM; while :; do sleep 0.1; done"

    @Test(arguments: ControlPlane.available)
    func `is registered, ready, and tells that it lives`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(
            controlPlane, options: ["--node-labels", "example.com/rack=a"], prepare: { try $0.writeNetwork() }
        ) {
            cluster, _ in
            #expect(
                try await cluster.eventually {
                    try await TestCluster.condition(cluster.ask("GET", node), "Ready") == "True"
                })
            let found = try await cluster.ask("GET", node)
            let labels = (found["metadata"] as? [String: Any])?["labels"] as? [String: String]
            #expect(labels?["kubernetes.io/hostname"] == "node1")
            #expect(labels?["example.com/rack"] == "a")
            let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node1"
            #expect(try await cluster.eventually { try await cluster.ask("GET", lease)["kind"] as? String == "Lease" })
            #expect(
                try await cluster.ask("GET", "/apis/storage.k8s.io/v1/csinodes/node1")["kind"] as? String == "CSINode")
            // An object that somebody deletes is made anew.
            try await cluster.ask("DELETE", node)
            #expect(try await cluster.eventually { try await cluster.ask("GET", node)["kind"] as? String == "Node" })
        }
    }

    /// One of the agent's own metrics; 0: it is not told.
    private func figure(_ name: String) async throws -> Double {
        let line = "curl -sS --compressed http://127.0.0.1:20255/metrics | sed -n 's/^\(name) //p'"
        return Double(try await run("sh", ["-c", line]).output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    @Test(arguments: ControlPlane.available)
    func `runs a pod of the API server's from its creation to its last trace`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(controlPlane, configuration: "readOnlyPort: 20255") { cluster, agent in
            try await cluster.ask(
                "POST", "/api/v1/namespaces/default/configmaps",
                #"{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm"}, "data": {"k": "one"}}"#)
            try await cluster.createPod(
                "web", "echo $K $KUBERNETES_SERVICE_PORT $(cat /cm/k); \(forever)",
                spec: #""volumes": [{"name": "cm", "configMap": {"name": "cm"}}],"#,
                container: """
                    "env": [{"name": "K", "valueFrom": {"configMapKeyRef": {"name": "cm", "key": "k"}}}],
                    "volumeMounts": [{"name": "cm", "mountPath": "/cm"}],
                    """)
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            let pod = try #require(try await cluster.pod("web"))
            #expect(TestCluster.condition(pod, "Ready") == "True")
            #expect(TestCluster.condition(pod, "PodScheduled") == "True")
            let token = try await agent.ask(
                "exec", "web", "--", "cat", "/var/run/secrets/kubernetes.io/serviceaccount/token")
            #expect(token.output.split(separator: ".").count == 3)
            #expect(try await agent.ask("logs", "web").output == "one 443 one\n")
            #expect(try await figure("kubelet_pod_start_sli_duration_seconds_count") == 1)
            #expect(try await figure("kubelet_pod_start_total_duration_seconds_count") == 1)
            #expect(try await figure("kubelet_pod_status_sync_duration_seconds_count") >= 1)
            #expect(try await figure("kubelet_node_startup_registration_duration_seconds") > 0)
            try await cluster.ask(
                "PATCH", "/api/v1/namespaces/default/configmaps/cm", #"{"data": {"k": "two"}}"#,
                type: "application/merge-patch+json")
            #expect(
                try await cluster.eventually {
                    try await agent.ask("exec", "web", "--", "cat", "/cm/k").output == "two"
                })
            try await cluster.ask("DELETE", "\(TestCluster.pods)/web")
            #expect(try await cluster.eventually { try await cluster.pod("web") == nil })
            #expect(try await cluster.eventually { try await agent.ask("pods", "list", "-o", "name").output.isEmpty })
            let told = try cluster.requests().filter {
                $0.uri.hasPrefix("\(TestCluster.pods)/web/status")
            }
            let last = (told.last?.body?["status"] as? [String: Any])?["phase"] as? String
            #expect(last == "Succeeded" || last == "Failed", "how it ended was told before it was deleted")
        }
    }

    @Test(arguments: ControlPlane.available)
    func `has a pod's files follow what its labels are`(on controlPlane: ControlPlane) async throws {
        try await withCluster(controlPlane) { cluster, agent in
            try await cluster.createPod(
                "web", forever,
                spec: """
                    "volumes": [{"name": "i", "downwardAPI": {"items": [
                      {"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}}],
                    """, container: #""volumeMounts": [{"name": "i", "mountPath": "/info"}],"#)
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            #expect(try await agent.ask("exec", "web", "--", "cat", "/info/labels").output.isEmpty)
            try await cluster.ask(
                "PATCH", "\(TestCluster.pods)/web", #"{"metadata": {"labels": {"stage": "two"}}}"#,
                type: "application/merge-patch+json")
            #expect(
                try await cluster.eventually {
                    try await agent.ask("exec", "web", "--", "cat", "/info/labels").output.contains(#"stage="two""#)
                })
        }
    }

    @Test(arguments: ControlPlane.available)
    func `keeps a pod that has ended as it ended`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(controlPlane) { cluster, agent in
            try await cluster.createPod("once", "exit 3", spec: #""restartPolicy": "Never","#)
            #expect(try await cluster.eventually { try await cluster.phase("once") == "Failed" })
            // The last that is told of it: its sandbox goes after its container.
            #expect(
                try await cluster.eventually {
                    TestCluster.condition(try await cluster.pod("once"), "PodReadyToStartContainers") == "False"
                })
            let before = try await cluster.pod("once").flatMap(TestCluster.status)
            try await agent.kill(SIGKILL)
            try FileManager.default.removeItem(at: agent.state.appending(path: "statuses"))
            try await agent.start()
            #expect(try await eventually { agent.listens })
            try await Task.sleep(for: .seconds(1))
            let after = try await cluster.pod("once").flatMap(TestCluster.status)
            #expect(NSDictionary(dictionary: before ?? [:]) == NSDictionary(dictionary: after ?? [:]))
            try await cluster.ask("DELETE", "\(TestCluster.pods)/once")
            #expect(try await cluster.eventually { try await cluster.pod("once") == nil })
        }
    }

    @Test(arguments: ControlPlane.available)
    func `says why it does not run a pod`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(controlPlane) { cluster, _ in
            try await cluster.createPod("big", "true", container: #""resources": {"requests": {"cpu": "1000"}},"#)
            #expect(try await cluster.eventually { try await cluster.phase("big") == "Failed" })
            let status = try await cluster.pod("big").flatMap(TestCluster.status)
            #expect(status?["reason"] as? String == "OutOfcpu")
        }
    }

    @Test(arguments: ControlPlane.available)
    func `writes nothing after its agent was replaced`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(controlPlane) { cluster, agent in
            try await cluster.createPod("web", forever)
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            try await Task.sleep(for: .seconds(1))
            let before = try cluster.requests().count
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { agent.listens })
            try await Task.sleep(for: .seconds(3))
            let writes = try cluster.requests().dropFirst(before).filter { request in
                ["create", "patch", "update", "delete"].contains(request.verb)
                    && (request.uri.contains("/pods") || request.uri.contains("/serviceaccounts"))
            }
            #expect(writes.isEmpty, "\(writes)")
        }
    }

    @Test(arguments: ControlPlane.available)
    func `shows the cluster its static pods, and runs them without it`(
        on controlPlane: ControlPlane
    ) async throws {
        let cluster = try TestCluster(controlPlane)
        try await cluster.start()
        try await cluster.kill()
        try await withAgent(options: ["--kubeconfig", cluster.kubeconfig]) { agent in
            try agent.write(lifePod("st", "containers:\n- {name: c, image: IMAGE, command: [sh, -c, \"\(forever)\"]}"))
            #expect(try await eventually { try agent.phase("st") == "Running" })
            try await cluster.start()
            #expect(try await cluster.eventually { try await cluster.phase("st-node1") == "Running" })
            let mirror = try await cluster.pod("st-node1")?["metadata"] as? [String: Any]
            let first = try agent.pids("st").first
            try await cluster.ask("DELETE", "\(TestCluster.pods)/st-node1?gracePeriodSeconds=0")
            #expect(
                try await cluster.eventually {
                    let now = try await cluster.pod("st-node1")?["metadata"] as? [String: Any]
                    return now != nil && now?["uid"] as? String != mirror?["uid"] as? String
                })
            #expect(try await cluster.eventually { try await cluster.phase("st-node1") == "Running" })
            #expect(try agent.pids("st").first == first)
            try agent.remove("st")
            #expect(try await cluster.eventually { try await cluster.pod("st-node1") == nil })
        }
        try await cluster.end()
    }

    @Test(arguments: ControlPlane.available)
    func `brings its pods back when it boots without the cluster`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withCluster(controlPlane) { cluster, agent in
            try await cluster.ask(
                "POST", "/api/v1/namespaces/default/secrets",
                #"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "b25l"}}"#)
            try await cluster.createPod(
                "web", "echo $(cat /s/k); \(forever)",
                spec: #""volumes": [{"name": "s", "secret": {"secretName": "s"}}],"#,
                container: #""volumeMounts": [{"name": "s", "mountPath": "/s"}],"#)
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            let uid = (try await cluster.pod("web")?["metadata"] as? [String: Any])?["uid"] as? String ?? ""
            try await cluster.kill()
            try await agent.kill(SIGKILL)
            try await agent.losePower()
            try await agent.start()
            #expect(try await eventually(within: .seconds(60)) { try agent.apiPhase(uid) == "Running" })
            #expect(try await agent.ask("logs", "web").output.hasSuffix("one\n"))
            try await cluster.start()
            #expect(
                try await cluster.eventually {
                    let statuses = try await cluster.pod("web").flatMap(TestCluster.status)?["containerStatuses"]
                    return (statuses as? [[String: Any]])?.first?["restartCount"] as? Int == 1
                })
            #expect(try await cluster.phase("web") == "Running")
        }
    }

    @Test func `loses no change on a line that breaks`() async throws {
        try await withCluster { cluster, agent in
            try await cluster.createPod("a", forever)
            #expect(try await cluster.eventually { try await cluster.phase("a") == "Running" })
            for (number, fault) in [["stop-watches"], ["compact"], ["refuse", "--drop"]].enumerated() {
                try await cluster.command(fault[0])
                if fault[0] == "refuse" {
                    try await Task.sleep(for: .seconds(1))
                    try await cluster.command("accept")
                }
                try await cluster.createPod("b\(number)", forever)
                #expect(try await cluster.eventually { try await cluster.phase("b\(number)") == "Running" }, "\(fault)")
                try await cluster.ask("DELETE", "\(TestCluster.pods)/b\(number)")
                #expect(try await cluster.eventually { try await cluster.pod("b\(number)") == nil }, "\(fault)")
            }
            for kind in ["500", "429", "reset", "truncate"] {
                try await cluster.command("fault", kind, "--match", "PATCH .*/status", "--times", "3")
            }
            try await cluster.createPod("c", forever)
            #expect(try await cluster.eventually(within: .seconds(60)) { try await cluster.phase("c") == "Running" })
            #expect(try await cluster.phase("a") == "Running")
        }
    }
}

extension AgentProcess {
    /// The phase that the agent wrote of a pod of the API server's.
    fileprivate func apiPhase(_ uid: String) throws -> String? {
        let folder = state.appending(path: "statuses")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard let file = files.first(where: { $0.hasSuffix("_\(uid).json") }),
            let data = try? Data(contentsOf: folder.appending(path: file)),
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return nil }
        return (object["status"] as? [String: Any])?["phase"] as? String
    }
}
