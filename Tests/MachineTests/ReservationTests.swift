import Testing

@Suite(.serialized, .boot(1)) struct `A reservation` {
    private static let file = "/etc/swiftlet/config.d/91-reservation.conf"

    /// An agent with these lines in its configuration, and then again one without.
    private func withConfiguration(_ lines: String, _ body: () async throws -> Void) async throws {
        let before = try await AgentService.untilItIsUp()
        try await shell(
            """
            cat >\(Self.file) <<'END'
            apiVersion: kubelet.config.k8s.io/v1beta1
            kind: KubeletConfiguration
            \(lines)
            END
            systemctl restart swiftlet
            """)
        let second = try await AgentService.untilReplaced(before)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        try await shell("rm \(Self.file); systemctl restart swiftlet")
        try await AgentService.untilReplaced(second)
        try outcome.get()
    }

    private static let memory = "featureGates: {MemoryQoS: true}\nmemoryReservationPolicy: TieredReservation"

    @Test func `of memory is kept for a pod, its class and all pods`() async throws {
        try await withConfiguration(Self.memory) {
            let script = "trap exit TERM\nsleep 1000 & wait"
            let burstable = try await TestPod(
                "burstable", script: script, resources: "{requests: {memory: 16Mi}, limits: {memory: 32Mi}}")
            let guaranteed = try await TestPod(
                "guaranteed", script: script, resources: "{limits: {cpu: 100m, memory: 24Mi}}")
            try await burstable.untilItRuns()
            try await guaranteed.untilItRuns()
            for group in [try await burstable.cgroup(), try await burstable.containerCgroup()] {
                #expect(try await control("memory.low", of: group) == "\(16 << 20)")
                #expect(try await control("memory.min", of: group) == "0")
            }
            for group in [try await guaranteed.cgroup(), try await guaranteed.containerCgroup()] {
                #expect(try await control("memory.min", of: group) == "\(24 << 20)")
                #expect(try await control("memory.low", of: group) == "0")
            }
            // 16 Mi and nine tenths of the way to 32 Mi, in whole pages.
            #expect(try await control("memory.high", of: burstable.containerCgroup()) == "31875072")
            #expect(try await control("memory.high", of: guaranteed.containerCgroup()) == "max")
            let kubepods = try await shell("dirname \(guaranteed.cgroup())")
            #expect(try await control("memory.min", of: kubepods) == "\(40 << 20)")
            #expect(try await control("memory.low", of: "\(kubepods)/burstable") == "\(16 << 20)")
            #expect(try await control("memory.swap.max", of: burstable.containerCgroup()) == "0")
            try await guaranteed.remove()
            #expect(try await control("memory.min", of: kubepods) == "\(16 << 20)")
            try await burstable.remove()
            #expect(try await control("memory.min", of: kubepods) == "0")
            #expect(try await control("memory.low", of: "\(kubepods)/burstable") == "0")
        }
    }

    @Test func `for the node's own services limits their slice, and lasts over systemd's reload`() async throws {
        try await shell("systemctl start test-reserved.slice")
        let lines = """
            kubeReserved: {cpu: 500m, memory: 64Mi, pid: "300"}
            kubeReservedCgroup: /test-reserved
            enforceNodeAllocatable: [pods, kube-reserved]
            """
        try await withConfiguration(lines) {
            try await shell("systemctl daemon-reload")
            let slice = "/sys/fs/cgroup/test.slice/test-reserved.slice"
            #expect(try await control("memory.max", of: slice) == "\(64 << 20)")
            #expect(try await control("pids.max", of: slice) == "300")
            #expect(try await control("cpu.weight", of: slice) == "20")
        }
        try await shell("systemctl revert test-reserved.slice; systemctl stop test-reserved.slice")
    }
}
