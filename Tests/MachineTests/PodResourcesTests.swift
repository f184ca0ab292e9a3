import Testing

@Suite(.serialized, .boot(1)) struct `Resources of a pod as a whole` {
    /// A pod of containers that each run a script, and say nothing of resources.
    private func write(_ name: String, _ resources: String, _ scripts: [(String, String)]) async throws -> TestPod {
        let containers = scripts.map { container, script in
            """
            - name: \(container)
              image: localhost/demo:1
              command: [sh, -c, '\(script)']

            """
        }
        return try await TestPod(
            name,
            spec: """
                restartPolicy: Never
                terminationGracePeriodSeconds: 1
                resources: \(resources)
                containers:

                """ + containers.joined())
    }

    private let waits = "trap exit TERM; sleep 1000 & wait"

    /// The groups below the pod's, without the pause's.
    private func containers(of group: String) async throws -> [String] {
        try await shell("find \(group) -mindepth 1 -maxdepth 1 -type d ! -name pause").split(separator: "\n")
            .map(String.init).sorted()
    }

    @Test func `guarantee it alone, are every container's, and change in place`() async throws {
        try await AgentService.untilItIsUp()
        func write(_ cpu: String, _ memory: String) async throws -> TestPod {
            try await self.write("whole", "{limits: {cpu: \(cpu), memory: \(memory)}}", [("a", waits), ("b", waits)])
        }
        let pod = try await write("500m", "64Mi")
        #expect(try await pod.untilItRuns().status?.qosClass == "Guaranteed")
        let group = try await pod.cgroup()
        #expect(!group.contains("burstable") && !group.contains("besteffort"))
        let own = try await containers(of: group)
        try #require(own.count == 2)
        for cgroup in [group] + own {
            #expect(try await control("cpu.max", of: cgroup) == "50000 100000")
            #expect(try await control("memory.max", of: cgroup) == "67108864")
        }
        // 512 shares: by the kubelet's line for a pod, by the runtimes' curve for a container.
        #expect(try await control("cpu.weight", of: group) == "20")
        #expect(try await control("cpu.weight", of: own[0]) == "59")
        let scores = try await shell(
            "cat \(own[0])/cgroup.procs | while read p; do cat /proc/$p/oom_score_adj; done | sort -u")
        #expect(scores == "-997")
        let processes = try await pod.processes()
        for (cpu, memory, quota, bytes) in [
            ("1", "96Mi", "100000 100000", "100663296"), ("250m", "48Mi", "25000 100000", "50331648"),
        ] {
            _ = try await write(cpu, memory)
            try await until("all groups have the new amounts") { () -> Bool? in
                for cgroup in [group] + own {
                    guard try await control("cpu.max", of: cgroup) == quota,
                        try await control("memory.max", of: cgroup) == bytes
                    else { return nil }
                }
                return true
            }
            try await until("the status tells of them") { () -> Bool? in
                let told = try await shell(
                    "swiftlet pods get \(pod.fullName) -o json | jq -Sc '.status | [.allocatedResources, .resources.limits]'"
                )
                let amounts = #"{"cpu":"\#(cpu)","memory":"\#(memory)"}"#
                return told == "[\(amounts),\(amounts)]" ? true : nil
            }
        }
        #expect(try await pod.processes() == processes, "nothing was started anew")
        #expect(try await shell("swiftlet pods describe \(pod.fullName)").contains("ResizeCompleted"))
        try await pod.remove()
    }

    @Test func `are shared: who takes more than the others leave is killed`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await write(
            "shared", "{requests: {memory: 16Mi}, limits: {memory: 48Mi}}",
            [
                ("calm", "trap exit TERM; head -c 24m /dev/zero >/dev/shm/x; touch /dev/shm/done; sleep 1000 & wait"),
                ("hog", "until [ -e /dev/shm/done ]; do sleep 0.2; done; exec tail /dev/zero"),
            ])
        let end = try await pod.end(of: "hog")
        #expect(end.reason == "OOMKilled" && end.exitCode == 137)
        let group = try await pod.cgroup()
        #expect(group.contains("burstable"))
        #expect(try await control("memory.max", of: group) == "50331648")
        #expect(try await control("cpu.max", of: group).hasPrefix("max "))
        #expect(try await counter("oom", in: "memory.events.local", of: group) > 0, "it was the pod's limit")
        let left = try await containers(of: group)
        #expect(left.count == 1)
        #expect(try await counter("oom_kill", in: "memory.events", of: left[0]) == 0)
        #expect(try await pod.object().container("calm")?.state?.running != nil)
        try await pod.remove()
    }
}
