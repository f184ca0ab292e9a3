import FoundationEssentials
import Testing

@Suite(.serialized, .boot(1)) struct `The demo pod` {
    private func demo() async throws -> TestPod {
        let repository = try #require(ProcessInfo.processInfo.environment["SWIFTLET_REPOSITORY"])
        return try await TestPod("demo", manifest: shell("cat \(repository)/hack/demo/demo.yaml"))
    }

    @Test func `has an address of its own, and is reached by it and by the host's port`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await demo()
        let object = try await pod.untilItRuns()
        let address = try #require(object.status?.podIP)
        #expect(address != object.status?.hostIP)
        for place in ["\(address):8080", "127.0.0.1:8088", "10.0.2.15:8088"] {
            let page = try await until("\(place) answers") { try await shell("curl -s --max-time 5 http://\(place)/") }
            #expect(page.contains("in pod \(pod.fullName)."), "\(place)")
        }
        #expect(try await pod.log(of: "writer").contains { $0.contains("in pod \(pod.fullName).") })
        #expect(try await shell("ls /var/log/containers").contains("\(pod.fullName)_default_writer-"))
        try await pod.remove()
    }

    @Test func `gives back what it held`() async throws {
        try await AgentService.untilItIsUp()
        // The first pod makes the bridge, which stays.
        let first = try await demo()
        try await first.untilItRuns()
        try await first.remove()
        let before = try await held()
        let pod = try await demo()
        try await pod.untilItRuns()
        #expect(try await held() != before)
        try await pod.remove()
        let left = try await until("everything is given back") {
            let now = try await held()
            return now == before ? now : nil
        }
        #expect(left == before)
    }

    /// Everything of the kernel's and the disk's that a pod takes.
    private func held() async throws -> String {
        try await shell(
            """
            ip -o link | sed 's/^[0-9]*: //; s/[@:].*//' | sort
            find /var/lib/cni/networks -type f -name '*.*.*.*' | sort
            find /run/swiftlet/netns -type f 2>/dev/null | sort
            find /sys/fs/cgroup/swiftlet.slice -type d -name '*pod*-*' | sort
            grep -c . /proc/self/mountinfo
            iptables -t nat -S | sort
            ls /run/swiftlet/pods /var/lib/swiftlet/pods /var/log/pods /var/log/containers
            """)
    }
}
