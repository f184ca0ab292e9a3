import Foundation
import TestSupport
import Testing

/// Pods that write more to the node's disk than they may, under the built agent.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent's limits of disk` {
    private static func containers(_ limit: String, _ other: String, _ script: String, mounts: String = "") -> String {
        """
        containers:
        - {name: app, image: IMAGE, command: [sh, -c, '\(script); exec sleep 1000'], resources: {limits: {ephemeral-storage: \(limit)}}\(mounts)}
        - {name: other, image: IMAGE, command: [sleep, '1000'], resources: {limits: {ephemeral-storage: \(other)}}}
        """
    }

    private static func fill(_ file: String) -> String { "dd if=/dev/zero of=\(file) bs=1M count=3" }
    private static let log = "head -c 2300000 /dev/zero | base64"
    private static let volume = "volumes: [{name: v, emptyDir: {}}]\n"
    private static let mounts = ", volumeMounts: [{name: v, mountPath: /v}]"

    @Test func `end who writes more to its root, its log or its volumes, and nobody else`() async throws {
        try await withAgent { agent in
            let one = "Container app exceeded its local ephemeral storage limit \"1Mi\". "
            let all = "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. "
            let greedy = [
                ("root", Self.containers("1Mi", "100Mi", Self.fill("/f")), one),
                ("log", Self.containers("1Mi", "100Mi", Self.log), one),
                ("volume", Self.volume + Self.containers("1Mi", "1Mi", Self.fill("/v/f"), mounts: Self.mounts), all),
            ]
            let modest = [
                // A volume is nobody's own: only the pod's total counts it.
                ("below", Self.volume + Self.containers("4Mi", "1Mi", Self.fill("/v/f"), mounts: Self.mounts)),
                (
                    "unlimited",
                    "containers: [{name: app, image: IMAGE, command: [sh, -c, '\(Self.fill("/f")); exec sleep 1000']}]"
                ),
                ("important", "priority: 2000000000\n" + Self.containers("1Mi", "1Mi", Self.fill("/f"))),
            ]
            for (name, spec) in modest + greedy.map({ ($0.0, $0.1) }) { try agent.write(lifePod(name, spec)) }
            for (name, _, message) in greedy {
                #expect(try await eventually(within: .seconds(30)) { try agent.phase(name) == "Failed" }, "\(name)")
                let status = try agent.status(name)
                #expect(status?["reason"] as? String == "Evicted")
                #expect(status?["message"] as? String == message)
                #expect(try agent.condition(name, "DisruptionTarget") == nil)
                #expect(try agent.pids(name).isEmpty)
                let events = try await agent.events(name).split(separator: "\n").filter { $0.contains("Evicted") }
                #expect(events.contains { $0.contains("Warning") && $0.contains(message.dropLast(2)) }, "\(events)")
            }
            // They began first, and were looked at no later.
            for (name, _) in modest { #expect(try agent.phase(name) == "Running", "\(name)") }
        }
    }

    @Test func `end who passes them while it is being ended, at once`() async throws {
        try await withAgent { agent in
            let script = "trap \"\(Self.fill("/f")); sleep 1000\" TERM; while :; do sleep 0.1; done"
            let spec =
                "containers: [{name: app, image: IMAGE, command: [sh, -c, '\(script)'], "
                + "resources: {limits: {ephemeral-storage: 1Mi}}}]"
            try agent.write(lifePod("late", grace: 300, spec))
            #expect(try await eventually { try agent.isRunning("late", "app") })
            try agent.remove("late")
            #expect(try await eventually(within: .seconds(40)) { try agent.leftovers() == [] })
            #expect(try agent.log().contains("Pod is evicted"))
        }
    }

    @Test func `count as requests where none are named`() async throws {
        try await withAgent { agent in
            try agent.write(lifePod("huge", Self.containers("1Ei", "1Mi", "true")))
            #expect(try await eventually { try agent.phase("huge") == "Failed" })
            let message = try agent.status("huge")?["message"] as? String ?? ""
            #expect(message.contains("[(res: ephemeral-storage, q: "), "\(message)")
        }
    }
}
