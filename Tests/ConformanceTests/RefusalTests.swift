import JSONText
import Testing

/// What runtime-spec says "MUST generate an error" of: config.md, config-linux.md.
@Suite(.tags(.conformance), .needsRoot) struct `An OCI runtime refuses` {
    /// What is wrong, and the runtimes of Debian that take it all the same.
    static let clauses: [(String, Config, [String])] = [
        ("an unknown major version", Config("true").with("ociVersion", be: "9.0.0"), ["crun", "runc"]),
        ("no version", Config("true").with("ociVersion", be: ""), ["crun", "runc"]),
        (
            "a namespace twice",
            Config("true").with("linux", "namespaces", be: [["type": "mount"], ["type": "pid"], ["type": "pid"]]),
            ["crun"]
        ),
        (
            "the machine's own mounts",
            Config("true").with("linux", "namespaces", be: [["type": "pid"]]).with("mounts", be: []),
            ["crun", "runc"]
        ),
        ("a namespace of no kind", Config("true").with("linux", "namespaces", be: [["type": "mounts"]]), []),
        (
            "a limit twice",
            Config("true").with(
                "process", "rlimits",
                be: [
                    ["type": "RLIMIT_NOFILE", "hard": 64, "soft": 32],
                    ["type": "RLIMIT_NOFILE", "hard": 64, "soft": 64],
                ]), ["crun", "runc"]
        ),
        (
            "a limit of no kind",
            Config("true").with("process", "rlimits", be: [["type": "RLIMIT_X", "hard": 1, "soft": 1]]), []
        ),
        (
            "a soft limit above the hard one",
            Config("true").with("process", "rlimits", be: [["type": "RLIMIT_NOFILE", "hard": 1, "soft": 2]]), []
        ),
        ("a root that is not there", Config("true").with("root", "path", be: "nowhere"), []),
        ("a relative hook", Config("true").with("hooks", be: ["createRuntime": [["path": "true"]]]), ["crun"]),
        (
            "a hook's timeout of nothing",
            Config("true").with("hooks", be: ["createRuntime": [["path": "/bin/true", "timeout": 0]]]),
            ["crun", "runc"]
        ),
        ("a kernel parameter of the machine", Config("true").with("linux", "sysctl", be: ["vm.swappiness": "1"]), []),
        (
            "a name of the host's without a namespace",
            Config("true", namespaces: ["mount", "pid"]).with("hostname", be: "box"), []
        ),
        ("a propagation of no kind", Config("true").with("linux", "rootfsPropagation", be: "somehow"), ["crun"]),
        (
            "mappings without a namespace",
            Config("true").with("linux", "uidMappings", be: [["containerID": 0, "hostID": 0, "size": 1]]),
            ["crun", "runc"]
        ),
        (
            "time offsets without a namespace",
            Config("true").with("linux", "timeOffsets", be: ["boottime": ["secs": 1]]), ["crun", "runc"]
        ),
        (
            "a device of no kind",
            Config("true").with("linux", "devices", be: [["path": "/dev/x", "type": "z", "major": 1, "minor": 3]]),
            ["crun"]
        ),
        (
            "a seccomp action of no kind",
            Config("true").with("linux", "seccomp", be: ["defaultAction": "SCMP_ACT_SING"]), []
        ),
        (
            "a listener for write",
            Config("true").with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/no/such",
                    "syscalls": [["names": ["write"], "action": "SCMP_ACT_NOTIFY"]],
                ]), []
        ),
        (
            "a listener that nobody hears",
            Config("true").with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"]],
                ]), ["crun"]
        ),
        (
            "a control file that is not there",
            Config("true").with("linux", "resources", be: ["unified": ["memory.nonsense": "1"]]), []
        ),
        (
            "a control file outside its group",
            Config("true").with("linux", "resources", be: ["unified": ["../cgroup.procs": "1"]]), []
        ),
        (
            "a personality of no kind",
            Config("true").with("linux", "personality", be: ["domain": "MINIX"]), ["runc"]
        ),
        (
            "a priority of no kind",
            Config("true").with("process", "ioPriority", be: ["class": "IOPRIO_CLASS_X", "priority": 1]),
            ["crun", "runc"]
        ),
        (
            "a scheduler of no kind",
            Config("true").with("process", "scheduler", be: ["policy": "SCHED_X"]), ["crun", "runc"]
        ),
        (
            "network devices without a network of its own",
            Config("true", namespaces: ["mount", "pid"]).with("linux", "netDevices", be: ["lo": [:]]),
            ["crun", "runc"]
        ),
        (
            "a mount by nobody's map",
            Config("true").mounting([
                "destination": "/tmp", "type": "bind", "source": "/tmp", "options": ["bind", "idmap"],
            ]), ["crun", "runc"]
        ),
        ("mounts that are no list", Config("true").with("mounts", be: "none"), []),
    ]

    @Test(arguments: RuntimeProgram.all, clauses.map(\.0))
    func `and leaves nothing of`(runtime: RuntimeProgram, clause: String) async throws {
        let (_, config, takers) = try #require(Self.clauses.first { $0.0 == clause })
        if takers.contains(runtime.name) { return }
        try await Bundle.with(runtime) { bundle async throws in
            let answer = try await bundle.create(config)
            #expect(answer.code != 0)
            #expect(!answer.text.isEmpty)
            #expect(try await bundle("state", bundle.id).code != 0)
        }
    }
}
