import Testing

/// What containers can do with the machine's devices, below everything that systemd and the agent allow.
@Suite(.serialized, .boot(1)) struct `A device of the machine` {
    /// Name, major and minor number of the disk that the machine runs from.
    private func disk() async throws -> (name: String, numbers: String) {
        let words = try await shell("lsblk -dnro NAME,MAJ:MIN,TYPE | awk '$3 == \"disk\" { print $1, $2; exit }'")
            .split(separator: " ").map(String.init)
        return (words[0], words[1].replacing(":", with: " "))
    }

    @Test func `is read by a privileged pod`() async throws {
        try await AgentService.untilItIsUp()
        let disk = try await disk()
        let script = "head -c 4096 /dev/\(disk.name) | sha256sum | cut -d' ' -f1"
        let pod = try await TestPod("privileged", script: script, restartPolicy: "Never", isPrivileged: true)
        #expect(try await pod.end().exitCode == 0)
        #expect(try await pod.log().last.map(String.init) == shell(script))
        try await pod.remove()
    }

    @Test func `is not there for an ordinary pod, which may make a node and cannot open it`() async throws {
        try await AgentService.untilItIsUp()
        let disk = try await disk()
        let script = """
            exec 2>&1
            ls /dev/\(disk.name)
            mknod /tmp/disk b \(disk.numbers) && echo made
            head -c 16 /tmp/disk && echo read
            head -c 16 /dev/zero | wc -c
            """
        let pod = try await TestPod("ordinary", script: script, restartPolicy: "Never")
        _ = try await pod.end()
        let lines = try await pod.log().map(String.init)
        #expect(lines.first?.contains("No such file or directory") == true, "\(lines)")
        #expect(lines.contains("made") && !lines.contains("read") && lines.last == "16", "\(lines)")
        #expect(lines.contains { $0.contains("Operation not permitted") }, "\(lines)")
        try await pod.remove()
    }

    @Test func `is none of pause's, which the kernel kills last`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("held", script: "trap exit TERM\nsleep 1000 & wait")
        try await pod.untilItRuns()
        let pause = try await shell("cat \(pod.cgroup())/pause/cgroup.procs")
        #expect(try await shell("cat /proc/\(pause)/oom_score_adj") == "-998")
        #expect(try await shell("awk '$1 == \"Uid:\" { print $2 }' /proc/\(pause)/status") == "65535")
        try await pod.remove()
    }
}
