import Testing

/// What containers are confined by where the kernel has AppArmor, as Debian's has.
@Suite(.serialized, .boot(1)) struct `A profile of AppArmor's` {
    private static let demo = "image: 'localhost/demo:1'"

    /// A pod of one container that goes on, with settings of its own and of its container.
    private func pod(_ name: String, spec: String = "", container: String = "", script: String) async throws -> TestPod
    {
        let pod = try await TestPod(
            name,
            spec: """
                terminationGracePeriodSeconds: 60
                \(spec.isEmpty ? "" : "\(spec)\n")containers:
                - name: app
                  \(Self.demo)
                \(container.split(separator: "\n").map { "  \($0)\n" }.joined())  command: [sh, -c]
                  args:
                  - |
                \(TestPod.indented(script))
                """)
        try await pod.untilItRuns()
        return pod
    }

    /// The label of the container's first process, as the kernel has it.
    private func label(_ pod: TestPod) async throws -> String {
        try await shell("cat /proc/$(head -n 1 \(pod.containerCgroup())/cgroup.procs)/attr/apparmor/current")
    }

    private static let waiting = "trap 'echo asked; exit 0' TERM; sleep 1000 & wait"

    @Test func `is the node's where none is named, and forbids mounts whatever the capabilities`() async throws {
        try await AgentService.untilItIsUp()
        #expect(try await shell("test -d /sys/kernel/security/apparmor && echo yes") == "yes")
        #expect(try await shell("grep -c '^swiftlet-default (enforce)$' /sys/kernel/security/apparmor/profiles") == "1")
        let rights = "{capabilities: {add: [SYS_ADMIN]}, seccompProfile: {type: Unconfined}}"
        let confined = try await pod(
            "confined", container: "securityContext: \(rights)",
            script: """
                exec 2>&1
                mkdir /there
                mount -t tmpfs none /there && echo mounted
                mount -o remount,rw /proc/sys && echo remounted
                grep CapEff /proc/self/status
                \(Self.waiting)
                """)
        #expect(try await label(confined) == "swiftlet-default (enforce)")
        let lines = try await confined.log().map(String.init)
        #expect(lines.count { $0.contains("ermission denied") } == 2, "\(lines)")
        #expect(!lines.contains { $0.hasSuffix("mounted") }, "\(lines)")
        #expect(lines.last == "CapEff:\t00000000a82425fb", "\(lines)")
        try await confined.remove()
    }

    /// Processes of the machine's root: nothing but the profile stands before them.
    @Test(arguments: [
        ("echo 61 >/proc/sys/vm/swappiness", false), ("cat /proc/sys/vm/swappiness", true),
        ("cat /proc/sys/kernel/shmmni >/proc/sys/kernel/shmmni", true), ("echo 1 >/proc/sys/kernel/sysrq", false),
        ("echo h >/proc/sysrq-trigger", false), ("head -c 1 /proc/kcore", false),
        ("echo 5 >/proc/self/oom_score_adj", true), ("echo 0 >/sys/kernel/mm/ksm/run", false),
        ("cat /sys/kernel/mm/ksm/run", true), ("mkdir /sys/fs/cgroup/aa && rmdir /sys/fs/cgroup/aa", true),
        ("cat /sys/kernel/security/apparmor/profiles", false),
        ("busybox mount -t tmpfs none /mnt && umount /mnt", false),
        ("kill -0 1", false), ("sleep 9 & kill $!", true),
        ("ls -l /proc/1/exe", false), ("touch /run/x", true),
    ])
    func `keeps what is the machine's from being changed`(script: String, isAllowed: Bool) async throws {
        try await AgentService.untilItIsUp()
        try await shell("bash -c '\(script)'")
        let confined = "printf 'exec swiftlet-default' >/proc/self/attr/exec; exec bash -c '\(script)'"
        if isAllowed {
            try await shell(confined)
        } else {
            let error = await #expect(throws: CommandFailed.self) { try await shell(confined) }
            #expect(error?.words.contains("ermission denied") == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func `covers commands and probes, and keeps nobody from ending what it covers`() async throws {
        try await AgentService.untilItIsUp()
        let probe = "grep -q swiftlet-default /proc/self/attr/current"
        let pod = try await pod(
            "probed", spec: "securityContext: {appArmorProfile: {type: RuntimeDefault}}",
            container: """
                readinessProbe: {exec: {command: [sh, -c, '\(probe)']}, periodSeconds: 1}
                lifecycle: {postStart: {exec: {command: [sh, -c, 'cat /proc/self/attr/current >/proc/1/fd/1']}}}
                """, script: Self.waiting)
        try await until("it is ready") { try await pod.object().container("app")?.ready == true ? true : nil }
        #expect(try await pod.log().contains("swiftlet-default (enforce)"))
        let command = "swiftlet exec \(pod.fullName) --"
        #expect(try await shell("\(command) cat /proc/self/attr/current") == "swiftlet-default (enforce)")
        // Those below one profile may signal each other.
        #expect(try await shell("\(command) sh -c 'sleep 100 & kill $! && echo killed'") == "killed")
        // Its grace is longer than the wait: only its own end makes it go in time.
        _ = try await shell("swiftlet logs -f \(pod.fullName) >/run/probed.log & sleep 1; disown")
        try await pod.remove()
        #expect(try await shell("cat /run/probed.log").split(separator: "\n").last == "asked")
    }

    @Test(arguments: [
        ("free", "securityContext: {appArmorProfile: {type: Unconfined}, capabilities: {add: [SYS_ADMIN]}}"),
        ("mighty", "securityContext: {privileged: true}"),
        ("mighty-default", "securityContext: {privileged: true, appArmorProfile: {type: RuntimeDefault}}"),
    ])
    func `is none for who wants none, and who has all rights`(name: String, container: String) async throws {
        try await AgentService.untilItIsUp()
        let pod = try await pod(
            name, container: container,
            script: "mkdir /there; mount -t tmpfs none /there && echo mounted\n\(Self.waiting)")
        #expect(try await label(pod) == "unconfined")
        #expect(try await pod.log() == ["mounted"])
        try await pod.remove()
    }

    @Test func `is the one that is named, if it is loaded`() async throws {
        try await AgentService.untilItIsUp()
        let text = "profile swiftlet-test flags=(attach_disconnected) { file, signal, deny /tmp/no w, }"
        try await shell("echo '\(text)' | apparmor_parser -rK")
        let profile = "{type: Localhost, localhostProfile: swiftlet-test}"
        let pod = try await pod(
            "named", container: "securityContext: {appArmorProfile: \(profile)}",
            script: "echo >/tmp/yes && echo yes; echo >/tmp/no && echo no\n\(Self.waiting)")
        #expect(try await label(pod) == "swiftlet-test (enforce)")
        let lines = try await pod.log()
        #expect(lines.contains("yes") && !lines.contains("no"), "\(lines)")
        try await pod.remove()
    }

    @Test func `is loaded again when somebody has removed it`() async throws {
        try await AgentService.untilItIsUp()
        try await shell("printf swiftlet-default >/sys/kernel/security/apparmor/.remove")
        #expect(try await shell("sed -n /swiftlet-default/p /sys/kernel/security/apparmor/profiles").isEmpty)
        let pod = try await pod("again", script: Self.waiting)
        #expect(try await label(pod) == "swiftlet-default (enforce)")
        try await pod.remove()
    }

    @Test func `that cannot be had keeps only those waiting that ask for it`() async throws {
        try await AgentService.untilItIsUp()
        let parser = "/sbin/apparmor_parser"
        try await shell("mv \(parser) \(parser).away")
        do {
            let unnamed = try await pod("unnamed", script: Self.waiting)
            #expect(try await label(unnamed) == "unconfined")
            try await unnamed.remove()
            let asking = try await TestPod(
                "asking",
                spec: """
                    securityContext: {appArmorProfile: {type: RuntimeDefault}}
                    containers: [{name: app, \(Self.demo), command: [sleep, '1000']}]
                    """)
            try await until("it waits") { () -> Bool? in
                let container = try await asking.object().container("app")
                return container?.state?.waiting?.reason == "CreateContainerError" ? true : nil
            }
            try await shell("mv \(parser).away \(parser)")
            try await asking.untilItRuns()
            #expect(try await label(asking) == "swiftlet-default (enforce)")
            try await asking.remove()
        } catch {
            try await shell("mv -n \(parser).away \(parser)")
            throw error
        }
    }
}
