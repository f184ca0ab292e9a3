import Foundation
import TestSupport
import Testing

/// Probes of real containers: each way of asking, and each thing that an answer does.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `The agent's probes` {
    @Test func `make a pod ready while it answers, over HTTP, by the port's name`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            try agent.write(
                `The agent`.pod(
                    "web", command: "mkdir /tmp/www; exec httpd -f -p 8080 -h /tmp/www", hostNetwork: false,
                    more: [
                        "ports: [{name: http, containerPort: 8080}]",
                        "readinessProbe: {httpGet: {path: /ok, port: http}, periodSeconds: 1, failureThreshold: 1}",
                        "livenessProbe: {tcpSocket: {port: http}, periodSeconds: 1, failureThreshold: 1}",
                    ]))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(try await agent.tells("web", "Readiness probe failed: HTTP probe failed with statuscode: 404"))
            #expect(try agent.isReady("web") == false)
            #expect(try await agent.ask("exec", "web", "--", "touch", "/tmp/www/ok").status == 0)
            #expect(try await eventually { try agent.isReady("web") == true })
            let asked = try await agent.ask("probe", "web", "--kind", "readiness")
            #expect(asked.status == 0 && asked.output.contains("app readiness: success in "), "\(asked)")
            #expect(asked.output.contains("verdict   passing"), "\(asked)")

            try await Self.keepsReady(over: agent)
            #expect(try await agent.ask("exec", "web", "--", "rm", "/tmp/www/ok").status == 0)
            #expect(try await eventually { try agent.isReady("web") == false })
            #expect(try await agent.ask("probe", "web").status == 1)
            #expect(try agent.restarts("web") == 0, "what is not ready is not restarted")
        }
    }

    /// An agent that takes over takes nobody for unready whom it has not asked yet.
    private static func keepsReady(over agent: AgentProcess) async throws {
        let before = try agent.readySince("web")
        try await agent.kill(SIGKILL)
        try await agent.start()
        #expect(try await eventually { agent.listens })
        try await Task.sleep(for: .seconds(2))
        #expect(try agent.readySince("web") == before)
    }

    @Test func `restart what no longer lives, within the probe's own grace`() async throws {
        try await withAgent { agent in
            // Once it is unwell it does not leave when asked to: only the grace ends it.
            try agent.write(
                `The agent`.pod(
                    "frail",
                    command: "touch /tmp/alive; trap \"[ -f /tmp/alive ] && exit\" TERM; while :; do sleep 0.1; done",
                    grace: 60,
                    more: [
                        "livenessProbe: {exec: {command: [cat, /tmp/alive]}, periodSeconds: 1, failureThreshold: 2, "
                            + "terminationGracePeriodSeconds: 1}"
                    ]))
            #expect(try await eventually { try agent.phase("frail") == "Running" })
            try await Task.sleep(for: .seconds(2))
            #expect(try agent.restarts("frail") == 0)
            #expect(try await agent.ask("exec", "frail", "--", "rm", "/tmp/alive").status == 0)
            #expect(try await eventually(within: .seconds(20)) { try agent.restarts("frail") == 1 })
            let story = try await agent.ask("pods", "describe", "frail").output
            for line in [
                "Liveness probe failed: cat: can't open '/tmp/alive': No such file or directory",
                "Container app failed liveness probe, will be restarted", "exec [cat /tmp/alive] delay=0s timeout=1s",
            ] {
                #expect(story.contains(line), "\(story)")
            }
            try await Task.sleep(for: .seconds(3))
            #expect(try agent.restarts("frail") == 1, "the new instance is well")
        }
    }

    @Test func `let a slow container start before they ask anything else, and end what never starts`() async throws {
        try await withAgent { agent in
            let probe = "exec: {command: [test, -f, /tmp/started]}, periodSeconds: 1"
            try agent.write(
                `The agent`.pod(
                    "slow", command: "sleep 3; touch /tmp/started; exec sleep 1000",
                    more: [
                        "startupProbe: {\(probe), failureThreshold: 30}",
                        "livenessProbe: {\(probe), failureThreshold: 1}",
                    ]))
            try agent.write(
                `The agent`.pod(
                    "never", command: "trap exit TERM; while :; do sleep 0.1; done", restartPolicy: "Never",
                    more: ["startupProbe: {\(probe), failureThreshold: 2}"]))
            #expect(try await eventually { try agent.phase("slow") == "Running" })
            #expect(try agent.isStarted("slow") == false && agent.isReady("slow") == false)
            #expect(try await eventually { try agent.isStarted("slow") == true && agent.isReady("slow") == true })
            #expect(try agent.restarts("slow") == 0)
            #expect(
                try await eventually { try agent.phase("never") == "Succeeded" || agent.phase("never") == "Failed" })
            #expect(try await agent.tells("never", "Container app failed startup probe"))
            #expect(try await !agent.tells("never", "will be restarted", within: .zero))
        }
    }

    @Test func `give up a command when its time is over, and leave no process`() async throws {
        try await withAgent { agent in
            try agent.write(
                `The agent`.pod(
                    "stuck", command: "exec sleep 1000",
                    more: [
                        "readinessProbe: {exec: {command: [sleep, $(LONG)]}, periodSeconds: 1}",
                        "env: [{name: LONG, value: \"12345\"}]",
                    ]))
            #expect(try await agent.tells("stuck", "timed out after 1s"))
            #expect(try await agent.ask("probe", "stuck").output.contains("app readiness: failure in 1"))
            #expect(try agent.isReady("stuck") == false)
            try await Task.sleep(for: .seconds(4))
            // Pause, the container, and the one that is asked now.
            #expect(try agent.pids("stuck").count <= 3)
        }
    }
}

extension AgentProcess {
    private func app(_ name: String) throws -> [String: Any]? {
        (try status(name)?["containerStatuses"] as? [[String: Any]])?.first
    }

    fileprivate func isReady(_ name: String) throws -> Bool? { try app(name)?["ready"] as? Bool }
    fileprivate func isStarted(_ name: String) throws -> Bool? { try app(name)?["started"] as? Bool }

    /// Since when its condition `Ready` is true.
    fileprivate func readySince(_ name: String) throws -> String? {
        let conditions = try status(name)?["conditions"] as? [[String: Any]] ?? []
        let ready = conditions.first { $0["type"] as? String == "Ready" && $0["status"] as? String == "True" }
        return ready?["lastTransitionTime"] as? String
    }

    /// Whether it comes to tell something of a pod.
    fileprivate func tells(_ name: String, _ text: String, within time: Duration = .seconds(20)) async throws -> Bool {
        let deadline = ContinuousClock.now + time
        repeat {
            if try await ask("pods", "describe", name).output.contains(text) { return true }
            try await Task.sleep(for: .milliseconds(200))
        } while ContinuousClock.now < deadline
        return false
    }
}
