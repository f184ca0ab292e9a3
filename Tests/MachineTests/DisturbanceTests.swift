import Testing

/// What the agent's end and return does to pods: nothing.
@Suite(.serialized, .boot(1)) struct `A running pod` {
    private static let counting = "trap exit TERM\ni=0\nwhile :; do echo $i; i=$((i+1)); sleep 0.2; done"

    @Test(arguments: ["kill -KILL $(systemctl show -P MainPID swiftlet)", "systemctl restart swiftlet"])
    func `is the same after`(disturbance: String) async throws {
        let agent = try await AgentService.untilItIsUp()
        let pod = try await TestPod("undisturbed", script: Self.counting)
        let before = try await pod.untilItRuns()
        let app = try await firstProcess(of: pod)
        for _ in 0..<3 {
            let old = try await AgentService.untilItIsUp()
            try await shell(disturbance)
            try await AgentService.untilReplaced(old)
        }
        #expect(try await AgentService.untilItIsUp() != agent)
        let after = try await pod.untilItRuns()
        #expect(try await firstProcess(of: pod) == app)
        #expect(after.container("app")?.restartCount == 0)
        #expect(after.status?.podIP == before.status?.podIP)
        #expect(after.container("app")?.state?.running?.startedAt == before.container("app")?.state?.running?.startedAt)
        try await expectNoGap(in: pod)
        try await pod.remove()
    }

    @Test func `ends unseen, and its exit code is learnt all the same`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("unseen", script: "sleep 8; exit 3", restartPolicy: "Never")
        try await pod.untilItRuns()
        try await shell("systemctl stop swiftlet")
        let (group, app) = try await (
            AgentService.property("ControlGroup"), shell("pgrep -f 'sleep 8; exit 3' | head -n 1")
        )
        #expect(group.isEmpty || !app.isEmpty)
        try await until("it has ended") { try await shell("! kill -0 \(app) 2>/dev/null && echo gone") }
        try await shell("systemctl start swiftlet")
        #expect(try await pod.end().exitCode == 3)
        #expect(try await pod.object().container("app")?.restartCount == 0)
        try await pod.remove()
    }

    @Test func `outlives an agent that hangs, which the watchdog replaces`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("watched", script: Self.counting)
        try await pod.untilItRuns()
        let app = try await firstProcess(of: pod)
        try await AgentService.with("WatchdogSec=10") {
            try await shell("systemctl restart swiftlet")
            let agent = try await AgentService.untilItIsUp()
            // Longer than the interval: the agent speaks up in time.
            try await ContinuousClock().sleep(for: .seconds(15))
            #expect(try await AgentService.pid() == agent)
            try await shell("kill -STOP \(agent)")
            try await AgentService.untilReplaced(agent)
            #expect(try await shell("journalctl -u swiftlet --no-pager").contains("Watchdog timeout"))
        }
        try await pod.untilItRuns()
        #expect(try await firstProcess(of: pod) == app)
        try await expectNoGap(in: pod)
        try await pod.remove()
    }

    /// The container's process 1: its pid and start time. The loop's `sleep`s come and go.
    private func firstProcess(of pod: TestPod) async throws -> String {
        let oldest = try await pod.processes().min {
            Int($0.split(separator: "@")[1]) ?? 0 < Int($1.split(separator: "@")[1]) ?? 0
        }
        return try #require(oldest)
    }

    private func expectNoGap(in pod: TestPod) async throws {
        let lines = try await pod.log()
        #expect(!lines.isEmpty)
        #expect(lines.map { Int($0) ?? -1 } == Array(0..<lines.count))
    }
}
