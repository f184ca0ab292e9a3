import Testing

@Suite(.serialized, .boot(1)) struct `The packaged service` {
    @Test(arguments: [
        "/usr/bin/swiftlet", "/usr/libexec/swiftlet/swiftlet-shim", "/usr/libexec/swiftlet/pause",
        "/lib/systemd/system/swiftlet.service", "/lib/systemd/system/swiftlet.slice",
        "/usr/lib/tmpfiles.d/swiftlet.conf", "/etc/swiftlet/config.yaml",
    ])
    func `is installed with`(file: String) async throws { try await shell("test -e \(file)") }

    @Test func `has a unit that systemd finds nothing wrong with`() async throws {
        #expect(try await shell("systemd-analyze verify --man=no swiftlet.service 2>&1; echo $?") == "0")
    }

    @Test func `starts and says that it is ready`() async throws {
        try await shell("systemctl start swiftlet.service")
        let pid = try await AgentService.untilItIsUp()
        #expect(try await AgentService.property("Type") == "notify")
        #expect(try await AgentService.property("NRestarts") == "0")
        #expect(try await !AgentService.property("StatusText").isEmpty)
        #expect(try await shell("cat /proc/\(pid)/oom_score_adj") == "-999")
        #expect(try await shell("swiftlet status -o json | jq -r .node") == "node1")
    }

    @Test func `keeps its directories to root`() async throws {
        try await AgentService.untilItIsUp()
        #expect(try await shell("stat -c %a /run/swiftlet") == "700")
        #expect(try await shell("stat -c %a /run/swiftlet/control.sock") == "600")
    }

    @Test func `stays the same process over a reload`() async throws {
        let pid = try await AgentService.untilItIsUp()
        try await shell("systemctl reload swiftlet.service")
        try await until("the reload is over") { try await AgentService.pid() == pid ? true : nil }
        try await shell("swiftlet status")
    }

    @Test func `has every controller of the machine for its pods`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("controllers", script: "trap exit TERM\nsleep 1000 & wait")
        try await pod.untilItRuns()
        let have = try await control("cgroup.controllers", of: pod.cgroup()).split(separator: " ")
        for controller in ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"] {
            #expect(have.contains(Substring(controller)), "\(controller)")
        }
        try await pod.remove()
    }

    @Test func `keeps pods and their shims outside of itself`() async throws {
        let agent = try await AgentService.untilItIsUp()
        let pod = try await TestPod("outside", script: "trap exit TERM\nsleep 1000 & wait")
        try await pod.untilItRuns()
        #expect(try await pod.cgroup().hasPrefix("/sys/fs/cgroup/swiftlet.slice/swiftlet-pods.scope/"))
        let group = try await AgentService.property("ControlGroup")
        #expect(try await shell("cat $(find /sys/fs/cgroup\(group) -name cgroup.procs)") == "\(agent)")
        #expect(try await shell("systemctl show -P Delegate swiftlet-pods.scope") == "yes")
        try await pod.remove()
    }
}
