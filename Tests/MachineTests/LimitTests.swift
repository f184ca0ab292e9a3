import Testing

@Suite(.serialized, .boot(1)) struct `A limit` {
    @Test func `stands in the cgroup's files`() async throws {
        try await AgentService.untilItIsUp()
        // Who asks for huge pages is admitted where there are some.
        try await shell("echo 2 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
        let pod = try await TestPod(
            "limits", script: "trap exit TERM\nsleep 1000 & wait",
            resources: "{requests: {cpu: 250m, memory: 32Mi}, limits: {cpu: 500m, memory: 64Mi, hugepages-2Mi: 4Mi}}")
        #expect(try await pod.untilItRuns().status?.qosClass == "Burstable")
        let container = try await pod.containerCgroup()
        for group in [container, try await pod.cgroup()] {
            #expect(try await control("memory.max", of: group) == "67108864")
            #expect(try await control("cpu.max", of: group) == "50000 100000")
            #expect(try await control("hugetlb.2MB.max", of: group) == "4194304")
        }
        // 256 shares, as the kubelet converts them.
        #expect(try await control("cpu.weight", of: container) != "100")
        // The job's configuration says podPidsLimit: 256.
        #expect(try await control("pids.max", of: pod.cgroup()) == "256")
        #expect(try await pod.cgroup().contains("burstable"))
        try await pod.remove()
        try await shell("echo 0 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
    }

    @Test func `of all pods together is what the node has without what is reserved`() async throws {
        let agent = try await AgentService.untilItIsUp()
        let file = "/etc/swiftlet/config.d/90-reserved.conf"
        try await shell(
            """
            printf '%s\\n' 'apiVersion: kubelet.config.k8s.io/v1beta1' 'kind: KubeletConfiguration' \\
                'kubeReserved: {memory: 64Mi, pid: "100"}' >\(file); systemctl restart swiftlet
            """)
        let second = try await AgentService.untilReplaced(agent)
        let pod = try await TestPod(
            "weighed", script: "trap exit TERM\nsleep 1000 & wait", resources: "{requests: {cpu: 250m}}")
        try await pod.untilItRuns()
        let burstable = try await shell("dirname \(pod.cgroup())")
        let kubepods = try await shell("dirname \(burstable)")
        let memory = try await shell("echo $(($(getconf _PHYS_PAGES) * $(getconf PAGESIZE) - (64 << 20)))")
        #expect(try await control("memory.max", of: kubepods) == memory)
        let tasks = try await shell("sort -n /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max | head -n 1")
        #expect(try await control("pids.max", of: kubepods) == "\((Int(tasks) ?? 0) - 100)")
        #expect(try await control("cpu.weight", of: "\(kubepods)/besteffort") == "1")
        #expect(try await control("cpu.weight", of: burstable) == "10")
        // Another agent knows what the pods of the one before it request.
        try await shell("rm \(file); systemctl restart swiftlet")
        try await AgentService.untilReplaced(second)
        #expect(try await control("cpu.weight", of: burstable) == "10")
        try await pod.remove()
        #expect(try await control("cpu.weight", of: burstable) == "1")
    }

    @Test func `of 1 MiB of memory is enough to start a small program`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod(
            "small", script: "echo small", resources: "{limits: {memory: 1Mi}}", restartPolicy: "Never")
        let end = try await pod.end()
        #expect(end.reason == "Completed" && end.exitCode == 0)
        #expect(try await pod.log() == ["small"])
        try await pod.remove()
    }

    @Test func `of memory kills, and the status says why`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod(
            "oom", script: "exec tail /dev/zero", resources: "{limits: {memory: 32Mi}}", restartPolicy: "Never")
        let end = try await pod.end()
        #expect(end.reason == "OOMKilled")
        #expect(end.exitCode == 137)
        #expect(try await pod.object().status?.phase == "Failed")
        try await pod.remove()
    }

    @Test func `of CPU time slows down`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("busy", script: "while :; do :; done", resources: "{limits: {cpu: 100m}}")
        try await pod.untilItRuns()
        let group = try await pod.containerCgroup()
        try await until("it was throttled") {
            try await counter("nr_throttled", in: "cpu.stat", of: group) >= 10 ? true : nil
        }
        // A tenth of a CPU: over some seconds it must stay well below what a loop would take.
        let before = try await counter("usage_usec", in: "cpu.stat", of: group)
        let clock = ContinuousClock()
        let took = try await clock.measure { try await clock.sleep(for: .seconds(5)) }
        let used = Duration.microseconds(try await counter("usage_usec", in: "cpu.stat", of: group) - before)
        #expect(used < took / 4)
        try await pod.remove()
    }

    @Test func `of processes refuses more`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod(
            "bomb",
            script: """
                trap exit TERM
                i=0; while [ $i -lt 400 ]; do sleep 1000 & i=$((i+1)); done
                wait
                """)
        let group = try await until("the pod has a cgroup") { try await pod.cgroup() }
        try await until("a fork was refused") {
            let events = try await shell(
                "cat \(group)/pids.events \(group)/*/pids.events | awk '{ n += $2 } END { print n }'")
            return Int(events) ?? 0 > 0 ? true : nil
        }
        #expect(try await Int(control("pids.current", of: group)) ?? .max <= 256)
        try await pod.remove()
    }
}
