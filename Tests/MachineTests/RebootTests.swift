import Testing

/// One pod that lives through the machine's whole test: each boot appends to its log and its volume.
private let keeper = "keeper"
private let place = "/var/lib/machine-tests"

/// Runs last of the first boot's by name or not: it disturbs no other test.
@Suite(.serialized, .boot(1)) struct `Before the machine restarts` {
    @Test func `a pod runs`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod(keeper, script: "trap exit TERM\necho started\nsleep 100000 & wait")
        let object = try await pod.untilItRuns()
        try await shell("mkdir -p \(place); echo \(object.metadata.uid) >\(place)/uid; sync")
    }
}

@Suite(.serialized, .boot(2)) struct `After a reboot` {
    @Test func `the pod runs again by itself`() async throws { try await expectTheKeeperBack() }

    @Test func `nothing of the boot before is left`() async throws { try await expectNothingElse() }
}

@Suite(.serialized, .boot(3)) struct `After a power cut` {
    @Test func `the pod runs again by itself`() async throws { try await expectTheKeeperBack() }

    @Test func `nothing of the boot before is left`() async throws { try await expectNothingElse() }

    @Test func `images that were there are whole`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("whole", script: "ls -l /bin/busybox; exit 0", restartPolicy: "Never")
        #expect(try await pod.end().exitCode == 0)
        try await pod.remove()
    }
}

private func expectTheKeeperBack() async throws {
    try await AgentService.untilItIsUp()
    let pod = TestPod(existing: keeper)
    let object = try await pod.untilItRuns()
    #expect(try await object.metadata.uid == shell("cat \(place)/uid"))
    #expect(object.status?.podIP != nil)
    #expect(try await !pod.processes().isEmpty)
    #expect(try await pod.log().contains("started"))
}

/// One pod runs: one address, one namespace, one veth, one directory are taken.
private func expectNothingElse() async throws {
    try await AgentService.untilItIsUp()
    try await removeShutdownPods()
    try await TestPod(existing: keeper).untilItRuns()
    try await until("one address is taken") {
        try await shell("find /var/lib/cni/networks -type f -name '*.*.*.*' | wc -l") == "1" ? true : nil
    }
    #expect(try await shell("ip -o link show type veth | wc -l") == "1")
    #expect(try await shell("ls /run/swiftlet/netns | wc -l") == "1")
    #expect(try await shell("ls /var/lib/swiftlet/pods | wc -l") == "1")
}
