import Testing

/// Pods that take their time to end: the first boot's reboot waits for them, the second boot shows that it did.
private let place = "/var/lib/machine-tests"

/// The configuration that a graceful shutdown needs, given to the agent by a reload.
private let dropIn = """
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    shutdownGracePeriod: 40s
    shutdownGracePeriodCriticalPods: 20s
    """

@Suite(.serialized, .boot(1)) struct `Before the machine goes down` {
    @Test func `the agent holds the shutdown up from a reload on`() async throws {
        let agent = try await AgentService.untilItIsUp()
        try await shell(
            "mkdir -p \(place); printf '%s\\n' '\(dropIn)' >/etc/swiftlet/config.d/20-shutdown.conf; systemctl reload swiftlet"
        )
        try await until("the agent has an inhibitor") {
            try await shell("systemd-inhibit --list --no-legend").contains("swiftlet") ? true : nil
        }
        #expect(try await shell("systemd-inhibit --list --no-legend | grep swiftlet").contains("delay"))
        #expect(try await AgentService.pid() == agent)
        #expect(try await shell("cat /etc/systemd/logind.conf.d/99-swiftlet.conf").contains("InhibitDelayMaxSec=40"))
    }

    @Test(arguments: [("graceful", "0", 4), ("critical", "2000000000", 1)])
    func `pods run that take their time to end`(name: String, priority: String, seconds: Int) async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod(
            name,
            spec: """
                hostNetwork: true
                priority: \(priority)
                terminationGracePeriodSeconds: 15
                volumes: [{name: place, hostPath: {path: \(place), type: DirectoryOrCreate}}]
                containers:
                - name: app
                  image: localhost/demo:1
                  volumeMounts: [{name: place, mountPath: /place}]
                  command: [sh, -c]
                  args:
                  - |
                    if [ -e /place/\(name) ]; then trap 'exit 0' TERM
                    else trap 'sleep \(seconds); date +%s >/place/\(name); sync; exit 0' TERM; fi
                    sleep 1000000 & wait
                """)
        try await pod.untilItRuns()
    }
}

@Suite(.serialized, .boot(2)) struct `After a graceful shutdown` {
    @Test func `pods had the time they asked for, critical ones last`() async throws {
        let times = try await shell("cat \(place)/graceful \(place)/critical").split(separator: "\n").compactMap {
            Double($0)
        }
        #expect(times.count == 2)
        #expect(times == times.sorted(), "\(times)")
    }
}

/// They come back with every boot, and other tests count what is there.
func removeShutdownPods() async throws {
    for name in ["graceful", "critical"] { try await TestPod(existing: name).remove() }
}
