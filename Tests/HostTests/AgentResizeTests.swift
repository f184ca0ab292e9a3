import Foundation
import TestSupport
import Testing

/// Other amounts for pods of manifests that the node does not have, or not now. Controllers are the virtual machine's to
/// test.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `A manifest that asks for other amounts` {
    private func pod(_ name: String, _ memory: String) -> (String, String) {
        lifePod(
            name,
            """
            containers:
            - name: app
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              resources: {requests: {memory: \(memory)}}
              command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.05; done']
            """)
    }

    private func condition(_ agent: AgentProcess, _ name: String) throws -> [String: Any]? {
        let conditions = try agent.status(name)?["conditions"] as? [[String: Any]]
        return conditions?.first { $0["type"] as? String == "PodResizePending" }
    }

    private func given(_ agent: AgentProcess, _ name: String) throws -> String? {
        (try agent.containerStatus(name, "app")?["allocatedResources"] as? [String: Any])?["memory"] as? String
    }

    @Test func `keeps what it has where the node has no more, also by another agent`() async throws {
        try await withAgent { agent in
            try agent.write(pod("greedy", "32Mi"))
            #expect(try await eventually { try agent.phase("greedy") == "Running" })
            // The loop's own come and go.
            let (uid, pids) = (try agent.uid("greedy"), try agent.pids("greedy").prefix(2))
            try agent.write(pod("greedy", "100Ti"))
            #expect(try await eventually { try condition(agent, "greedy")?["reason"] as? String == "Infeasible" })
            func check() async throws {
                #expect(try agent.uid("greedy") == uid && agent.pids("greedy").prefix(2) == pids)
                #expect(try given(agent, "greedy") == "32Mi")
                let told = try await agent.ask("pods", "describe", "greedy").output
                #expect(
                    told.contains("Node didn't have enough capacity: memory, requested: 109951162777600"), "\(told)")
                #expect(told.contains("PodResizePending") && told.contains("Infeasible"), "\(told)")
            }
            try await check()
            try await agent.expectEvent("Pod resize Infeasible: {", of: "greedy")
            try await agent.kill(SIGKILL)
            try await agent.start()
            // The socket of the one that was killed may linger.
            for _ in 0..<100 where try await agent.ask("pods", "list").status != 0 {
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(try await eventually { try condition(agent, "greedy")?["reason"] as? String == "Infeasible" })
            try await check()
            // It asks for less again.
            try agent.write(pod("greedy", "48Mi"))
            #expect(try await eventually { try given(agent, "greedy") == "48Mi" })
            #expect(try await eventually { try condition(agent, "greedy") == nil })
            #expect(try agent.uid("greedy") == uid && agent.pids("greedy").prefix(2) == pids)
        }
    }
}

/// The same of an API server's pods.
@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `A pod of a cluster that asks for other amounts` {
    private typealias Object = [String: Any]

    private static let script = "trap 'exit 0' TERM; while :; do sleep 0.1; done"

    private func resize(_ cluster: TestCluster, _ name: String, cpu: Int) async throws -> Object {
        try await cluster.ask(
            "PATCH", "\(TestCluster.pods)/\(name)/resize",
            #"{"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "\#(cpu)m"}}}]}}"#,
            type: "application/strategic-merge-patch+json")
    }

    private func pending(_ cluster: TestCluster) async throws -> Object? {
        let status = try await cluster.pod("small").flatMap(TestCluster.status)
        return (status?["conditions"] as? [Object])?.first { $0["type"] as? String == "PodResizePending" }
    }

    private func given(_ cluster: TestCluster) async throws -> String? {
        let status = try await cluster.pod("small").flatMap(TestCluster.status)
        let containers = status?["containerStatuses"] as? [Object]
        return (containers?.first?["allocatedResources"] as? Object)?["cpu"] as? String
    }

    /// Of all events of the namespace.
    private func reasons(_ cluster: TestCluster) async throws -> Set<String> {
        let events = try await cluster.ask("GET", "/api/v1/namespaces/default/events")["items"] as? [Object] ?? []
        return Set(events.compactMap { $0["reason"] as? String })
    }

    private func allocatable(_ cluster: TestCluster) async throws -> Int? {
        let node = TestCluster.status(try await cluster.ask("GET", "/api/v1/nodes/node1"))
        guard let cpu = (node?["allocatable"] as? Object)?["cpu"] as? String else { return nil }
        return cpu.hasSuffix("m") ? Int(cpu.dropLast()) : Int(cpu).map { $0 * 1000 }
    }

    @Test(arguments: ControlPlane.available)
    func `gets them when another has gone`(on controlPlane: ControlPlane) async throws {
        try await withCluster(controlPlane, prepare: { try $0.writeNetwork() }) { cluster, agent in
            #expect(try await cluster.eventually { try await allocatable(cluster) != nil })
            let cpu = try #require(try await allocatable(cluster))
            for (name, amount) in [("large", cpu - 300), ("small", 200)] {
                try await cluster.createPod(
                    name, Self.script, container: #""resources": {"requests": {"cpu": "\#(amount)m"}},"#)
                #expect(try await cluster.eventually { try await cluster.phase(name) == "Running" })
            }
            #expect(try await resize(cluster, "small", cpu: 400)["kind"] as? String == "Pod")
            #expect(try await cluster.eventually { try await pending(cluster)?["reason"] as? String == "Deferred" })
            let condition = try await pending(cluster)
            let generation = (try await cluster.pod("small")?["metadata"] as? Object)?["generation"] as? Int
            #expect(condition?["observedGeneration"] as? Int == generation)
            #expect(
                condition?["message"] as? String
                    == "Node didn't have enough resource: cpu, requested: 400, used: \(cpu - 300), capacity: \(cpu)")
            #expect(try await given(cluster) == "200m")
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await given(cluster) == "200m")
            #expect(try await cluster.eventually { try await pending(cluster)?["reason"] as? String == "Deferred" })
            try await cluster.ask("DELETE", "\(TestCluster.pods)/large")
            #expect(try await cluster.eventually { try await given(cluster) == "400m" })
            #expect(try await cluster.eventually { try await pending(cluster) == nil })
            // Events follow the status that they are about.
            let areTold = try await cluster.eventually {
                try await reasons(cluster).isSuperset(of: ["ResizeDeferred", "ResizeStarted", "ResizeCompleted"])
            }
            let told = try await reasons(cluster)
            #expect(areTold, "\(told)")

            // Since 1.36 the server says it itself.
            let answer = try await resize(cluster, "small", cpu: cpu + 100)
            if answer["kind"] as? String == "Pod" {
                #expect(
                    try await cluster.eventually { try await pending(cluster)?["reason"] as? String == "Infeasible" })
            } else {
                let message = answer["message"] as? String ?? ""
                #expect(message.contains("didn't have enough allocatable resources: cpu"), "\(answer)")
            }
            #expect(try await given(cluster) == "400m")
        }
    }
}
