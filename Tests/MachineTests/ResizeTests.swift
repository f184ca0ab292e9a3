import Testing

@Suite(.serialized, .boot(1)) struct `A changed amount of cpu and memory` {
    /// What the status says of the container's amounts, as one line of JSON.
    private func resources(of pod: TestPod) async throws -> String {
        try await shell(
            """
            swiftlet pods get \(pod.fullName) -o json \\
                | jq -Sc '.status.containerStatuses[0] | [.resources.limits, .resources.requests, .allocatedResources]'
            """)
    }

    private func write(_ requests: String, _ limits: String) async throws -> TestPod {
        try await TestPod(
            "resized", script: "trap exit TERM\nsleep 1000 & wait",
            resources: "{requests: {\(requests)}, limits: {\(limits)}}")
    }

    @Test func `reaches the running container, and its pod, in place`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await write("cpu: 250m, memory: 32Mi", "cpu: 500m, memory: 64Mi")
        let before = try await pod.untilItRuns()
        let (processes, container, group) = (
            try await pod.processes(), try await pod.containerCgroup(), try await pod.cgroup()
        )
        let weight = try await control("cpu.weight", of: container)
        // More, then less: what grows grows from above, what shrinks from below.
        for (requests, limits, quota, memory) in [
            ("cpu: 500m, memory: 48Mi", "cpu: 1, memory: 128Mi", "100000 100000", "134217728"),
            ("cpu: 100m, memory: 32Mi", "cpu: 200m, memory: 96Mi", "20000 100000", "100663296"),
        ] {
            _ = try await write(requests, limits)
            try await until("the groups have the new amounts") { () -> Bool? in
                for cgroup in [container, group] {
                    guard try await control("cpu.max", of: cgroup) == quota,
                        try await control("memory.max", of: cgroup) == memory
                    else { return nil }
                }
                return true
            }
            try await until("the status tells of them") { () -> Bool? in
                let (cpu, bytes) = (requests.split(separator: ",")[0], limits.split(separator: " ").last ?? "")
                let told = try await resources(of: pod)
                let requested = cpu.split(separator: " ").last ?? ""
                return told.contains("\"cpu\":\"\(requested)\"") && told.contains("\"memory\":\"\(bytes)\"")
                    ? true : nil
            }
        }
        #expect(
            try await resources(of: pod)
                == #"[{"cpu":"200m","memory":"96Mi"},{"cpu":"100m","memory":"32Mi"},{"cpu":"100m","memory":"32Mi"}]"#)
        #expect(try await control("cpu.weight", of: container) != weight)
        let after = try await pod.object()
        #expect(after.metadata.uid == before.metadata.uid && after.container("app")?.restartCount == 0)
        #expect(try await pod.processes() == processes, "nothing was started anew")
        #expect(try await pod.containerCgroup() == container)
        #expect(try await shell("swiftlet pods describe \(pod.fullName)").contains("ResizeCompleted"))
        try await pod.remove()
    }

    @Test func `below what the container uses is not forced on it`() async throws {
        try await AgentService.untilItIsUp()
        func write(_ limit: String) async throws -> TestPod {
            try await TestPod(
                "grown", script: "trap exit TERM\nhead -c 40m /dev/zero >/dev/shm/x\nsleep 1000 & wait",
                resources: "{requests: {memory: 16Mi}, limits: {memory: \(limit)}}")
        }
        let pod = try await write("96Mi")
        try await pod.untilItRuns()
        let container = try await pod.containerCgroup()
        try await until("it uses memory") {
            Int(try await control("memory.current", of: container)) ?? 0 > 40 << 20 ? true : nil
        }
        let processes = try await pod.processes()
        _ = try await write("20Mi")
        try await until("the status says why not") { () -> Bool? in
            let words = try await shell(
                "swiftlet pods get \(pod.fullName) -o json | jq -r '.status.conditions[] | select(.type == \"PodResizeInProgress\") | .message'"
            )
            return words.contains("below current usage") ? true : nil
        }
        #expect(try await control("memory.max", of: container) == "100663296")
        #expect(try await pod.processes() == processes)
        _ = try await write("80Mi")
        try await until("it has what it can have") {
            try await control("memory.max", of: container) == "83886080" ? true : nil
        }
        #expect(try await pod.processes() == processes)
        #expect(try await pod.object().container("app")?.restartCount == 0)
        try await pod.remove()
    }
}
