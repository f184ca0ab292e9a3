import JSONText
import Linux
import Testing

extension Trait where Self == ConditionTrait {
    /// Needs root on a real kernel; elsewhere the test says so and is skipped.
    static var needsRoot: Self { .enabled(if: effectiveUser() == 0, "needs root") }
}

/// runtime-spec, config.md, "Process", and config-linux.md.
@Suite(.tags(.conformance), .needsRoot) struct `A container's process` {
    /// What the configuration says, what the program asks, and what it must find.
    static let clauses: [(String, Config, String)] = [
        ("cwd", Config("pwd").with("process", "cwd", be: "/tmp"), "/tmp"),
        ("env", Config.shell("echo $A").with("process", "env", be: ["PATH=/bin", "A=b=c"]), "b=c"),
        (
            "user",
            Config.shell("echo $(id -u):$(id -g):$(id -G)").with(
                "process", "user", be: ["uid": 1000, "gid": 1001, "additionalGids": [5, 6]]), "1000:1001:1001 5 6"
        ),
        // The object may be missing, config-schema.json wants only cwd; and of two the last is meant.
        ("no user", Config.shell("id -u").without("process", "user"), "0"),
        (
            "env twice",
            Config.shell("env | grep -c ^A=; echo $A").with("process", "env", be: ["PATH=/bin", "A=1", "A=2"]),
            "1\n2"
        ),
        ("umask", Config.shell("umask").with("process", "user", "umask", be: 63), "0077"),
        ("hostname", Config("hostname").with("hostname", be: "box"), "box"),
        (
            "domainname", Config("cat", "/proc/sys/kernel/domainname").with("domainname", be: "example.test"),
            "example.test"
        ),
        (
            "rlimits",
            Config.shell("ulimit -n").with(
                "process", "rlimits", be: [["type": "RLIMIT_NOFILE", "hard": 64, "soft": 32]]), "32"
        ),
        ("noNewPrivileges", Config("grep", "NoNewPrivs", "/proc/self/status"), "NoNewPrivs:\t1"),
        ("capabilities", Config("grep", "CapEff", "/proc/self/status"), "CapEff:\t0000000000000020"),
        ("capabilities.inheritable", Config("grep", "CapInh", "/proc/self/status"), "CapInh:\t0000000000000000"),
        ("pid namespace", Config.shell("echo $$"), "1"),
        (
            "network namespace", Config("cat", "/proc/net/arp"),
            "IP address       HW type     Flags       HW address            Mask     Device"
        ),
        ("oomScoreAdj", Config("cat", "/proc/self/oom_score_adj").with("process", "oomScoreAdj", be: 100), "100"),
        ("cgroup namespace", Config("grep", "0::", "/proc/self/cgroup"), "0::/"),
        ("maskedPaths", Config("cat", "/proc/version").with("linux", "maskedPaths", be: ["/proc/version"]), ""),
        (
            "readonlyPaths",
            Config.shell("echo 1 2>/dev/null >/proc/sys/kernel/panic || echo refused").with(
                "linux", "readonlyPaths", be: ["/proc/sys"]), "refused"
        ),
        (
            "root.readonly", Config.shell("touch /x 2>/dev/null || echo refused").with("root", "readonly", be: true),
            "refused"
        ),
        (
            "sysctl",
            Config("cat", "/proc/sys/net/ipv4/ip_forward").with("linux", "sysctl", be: ["net.ipv4.ip_forward": "1"]),
            "1"
        ),
        (
            "default devices",
            Config.shell("cd /dev; for d in null zero full random urandom tty; do [ -c $d ] && echo -n $d,; done"),
            "null,zero,full,random,urandom,tty,"
        ),
        ("dev links", Config("readlink", "/dev/fd"), "/proc/self/fd"),
        (
            "devices",
            Config.shell("stat -c '%a %t:%T' /dev/extra").with(
                "linux", "devices",
                be: [["path": "/dev/extra", "type": "c", "major": 1, "minor": 5, "fileMode": 384]]), "600 1:5"
        ),
        (
            "mounts",
            Config.shell("grep ' /tmp ' /proc/mounts | head -1").mounting([
                "destination": "/tmp", "type": "tmpfs", "source": "named",
                "options": ["nosuid", "nodev", "noexec", "ro", "size=64k"],
            ]), "named /tmp tmpfs ro,nosuid,nodev,noexec"
        ),
        (
            "seccomp",
            Config.shell("if mkdir /forbidden 2>&1; then echo allowed; fi").with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28]],
                ]), "mkdir: can't create directory '/forbidden': No space left on device"
        ),
        (
            "seccomp for the program alone",
            Config("echo", "allowed").with("process", "noNewPrivileges", be: true).with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ERRNO",
                    "syscalls": [["names": .array(busyboxCalls.map { .string($0) }), "action": "SCMP_ACT_ALLOW"]],
                ]), "allowed"
        ),
        (
            "personality",
            Config.shell("cat /proc/self/personality").with("linux", "personality", be: ["domain": "LINUX32"]),
            "00000008"
        ),
        (
            "capabilities.ambient",
            Config.shell("grep CapAmb /proc/self/status").with("process", "user", "uid", be: 7).with(
                "process", "capabilities",
                be: [
                    "bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"],
                    "inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"],
                ]), "CapAmb:\t0000000000000020"
        ),
        (
            "capabilities that are not known",
            Config("grep", "CapEff", "/proc/self/status").with(
                "process", "capabilities",
                be: ["bounding": ["CAP_NONE", "CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]]),
            "CapEff:\t0000000000000020"
        ),
        (
            "seccomp.args",
            Config.shell("kill -0 $$ && echo zero; kill -18 $$ 2>/dev/null || echo refused").with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [
                        ["names": ["no_such_call"], "action": "SCMP_ACT_KILL"],
                        [
                            "names": ["kill"], "action": "SCMP_ACT_ERRNO",
                            "args": [["index": 1, "value": 18, "op": "SCMP_CMP_EQ"]],
                        ],
                    ],
                ]), "zero\nrefused"
        ),
        (
            "ioPriority",
            Config("busybox", "ionice").with(
                "process", "ioPriority", be: ["class": "IOPRIO_CLASS_BE", "priority": 6]), "best-effort: prio 6"
        ),
        (
            "scheduler",
            Config.shell("set -- $(cat /proc/self/stat); echo ${19} ${41}").with(
                "process", "scheduler", be: ["policy": "SCHED_BATCH", "nice": 5]), "5 3"
        ),
        (
            "memoryPolicy",
            Config("grep", "-c", " interleave:0 ", "/proc/self/numa_maps").with(
                "linux", "memoryPolicy", be: ["mode": "MPOL_INTERLEAVE", "nodes": "0"]), ""
        ),
    ]

    /// What busybox' echo asks of the kernel.
    private static let busyboxCalls = [
        "execve", "brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink",
        "readlinkat", "getrandom", "mprotect", "prctl", "getuid", "write", "exit_group",
    ]

    /// Debian's are older than these members: runc 1.1.5 knows none of them, crun 1.8.1 two. Both make calls of their
    /// own between the filter and the program, which a filter for the program alone does not allow.
    private static let lacking = [
        "runc": [
            "domainname", "personality", "ioPriority", "scheduler", "memoryPolicy", "seccomp for the program alone",
        ],
        "crun": ["ioPriority", "scheduler", "memoryPolicy", "seccomp for the program alone"],
    ]

    @Test(arguments: RuntimeProgram.all, clauses.map(\.0))
    func `has what its configuration says`(runtime: RuntimeProgram, clause: String) async throws {
        if Self.lacking[runtime.name]?.contains(clause) == true { return }
        let (_, config, expected) = try #require(Self.clauses.first { $0.0 == clause })
        let answer = try await Bundle.with(runtime) { try await $0.run(config) }
        #expect(answer.code == 0)
        let text = answer.text.split(separator: "\n", omittingEmptySubsequences: true).joined(separator: "\n")
        switch clause {
        case "mounts": #expect(text.contains(expected))
        case "memoryPolicy": #expect(Int(text) ?? 0 > 0)
        case "capabilities that are not known": #expect(text.hasSuffix(expected))
        default: #expect(text == expected)
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `has no descriptor of the runtime's`(runtime: RuntimeProgram) async throws {
        let answer = try await Bundle.with(runtime) { try await $0.run(Config("ls", "/proc/self/fd")) }
        // 3 is the directory that ls reads.
        #expect(answer.text.split(whereSeparator: \.isWhitespace) == ["0", "1", "2", "3"])
    }

    @Test(arguments: RuntimeProgram.all)
    func `can be joined by another`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "1000").with("hostname", be: "box")).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            #expect(try await bundle("exec", bundle.id, "hostname").text == "box\n")
            #expect(try await bundle("exec", bundle.id, "sh", "-c", "exit 9").code == 9)
            #expect(try await bundle("exec", "--cwd", "/tmp", bundle.id, "pwd").text == "/tmp\n")
            // Debian's crun 1.8.1 takes the container's PATH away when a variable is added.
            let variable = try await bundle("exec", "--env", "A=1", bundle.id, "/bin/sh", "-c", "echo $A").text
            #expect(variable == "1\n")
            #expect(
                try await bundle("exec", "--user", "7:8", bundle.id, "sh", "-c", "echo $(id -u):$(id -g)").text
                    == "7:8\n")
            #expect(try await bundle("exec", bundle.id, "cat", "/proc/1/comm").text == "sleep\n")
            #expect(try await bundle("exec", bundle.id, "grep", "0::", "/proc/self/cgroup").text == "0::/\n")
            #expect(try await bundle("exec", bundle.id, "/no/such").code != 0)
            #expect(try await bundle("exec", "--user", "0x7", bundle.id, "id").code != 0, "CVE-2026-30892")
        }
    }
}
