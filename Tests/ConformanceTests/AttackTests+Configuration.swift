import JSONText
import Testing

/// What comes from whoever writes the configuration, and must not get further than a container gets.
@Suite(.tags(.conformance), .needsRoot, .timeLimit(.minutes(3)))
struct `A hostile configuration` {
    private static let run = Config.shell("echo ran")

    static let ids: [Attack] =
        ["4294967295", "4294967296", "-1", "18446744073709551616", "1.5", "1e20"].flatMap { number in
            [
                Attack(
                    "CVE-2024-40635", "uid \(number)",
                    run.with("process", "user", be: ["uid": .number(number), "gid": 0]),
                    .refused("user")),
                Attack(
                    "CVE-2024-40635", "gid \(number)",
                    run.with("process", "user", be: ["uid": 0, "gid": .number(number)]),
                    .refused("user")),
                Attack(
                    "CVE-2024-40635", "group \(number)",
                    run.with("process", "user", be: ["uid": 0, "gid": 0, "additionalGids": [.number(number)]]),
                    .refused("user")),
            ]
        } + [
            Attack(
                "CVE-2024-40635", "a mapping beyond 32 bits",
                run.adding("linux", "namespaces", element: ["type": "user"])
                    .with("linux", "uidMappings", be: [["containerID": 0, "hostID": 4_294_967_295, "size": 2]])
                    .with("linux", "gidMappings", be: [["containerID": 0, "hostID": 0, "size": 1]]),
                .refused("beyond 4294967294"))
        ]

    static let parameters: [Attack] =
        [
            "kernel.core_pattern", "kernel/core_pattern", "fs.suid_dumpable", "net/../kernel/core_pattern",
            "net.ipv4.ip_forward+kernel.core_pattern", "kernel.msgmax/../core_pattern", "vm.overcommit_memory", "",
        ].map { name in
            Attack(
                "CVE-2022-0811", "parameter \(name)",
                run.with("linux", "sysctl", be: .object(.init([(name: name, value: "|/bin/x")]))), .harmless)
        } + [
            Attack(
                "CVE-2022-0811", "a parameter of the host's network",
                Config("true", namespaces: ["pid", "mount"]).with("linux", "sysctl", be: ["net.ipv4.ip_forward": "1"]),
                .refused("network namespace"))
        ]

    static let words: [Attack] = [
        Attack(
            "-", "an unknown mount option",
            run.mounting(["destination": "/x", "type": "tmpfs", "source": "x", "options": ["no-such-word"]]),
            .refused("no-such-word")),
        Attack(
            "-", "an unknown propagation", run.with("linux", "rootfsPropagation", be: "upwards"), .refused("upwards")),
        Attack(
            "-", "an unknown namespace", run.adding("linux", "namespaces", element: ["type": "else"]),
            .refused("namespaces")),
        Attack(
            "-", "an unknown limit",
            run.with("process", "rlimits", be: [["type": "RLIMIT_ELSE", "hard": 1, "soft": 1]]), .refused("RLIMIT_ELSE")
        ),
        Attack(
            "CVE-2023-2431", "an unknown seccomp action",
            run.with("linux", "seccomp", be: ["defaultAction": "SCMP_ACT_ELSE"]), .refused("SCMP_ACT_ELSE")),
        Attack("CVE-2023-2431", "an empty seccomp profile", run.with("linux", "seccomp", be: [:]), .refused("seccomp")),
        Attack(
            "-", "a seccomp listener that would be waited for",
            run.with("linux", "seccomp", be: ["defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/tmp/x"]),
            .refused("for good")),
        Attack(
            "-", "a seccomp listener for write",
            run.with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/tmp/x",
                    "syscalls": [["names": ["write"], "action": "SCMP_ACT_NOTIFY"]],
                ]), .refused("for good")),
        Attack(
            "-", "an unknown capability", run.with("process", "capabilities", be: ["bounding": ["CAP_ELSE"]]),
            .writes("ran")),
        Attack(
            "-", "a text that a NUL cuts", run.with("process", "args", be: ["sh", "-c", "echo ran \u{0}"]),
            .refused("NUL")),
    ]

    static let foreignHooks: [Attack] = [
        Attack(
            "CVE-2026-53488", "annotations that other runtimes obey",
            run.with(
                "annotations",
                be: [
                    "run.oci.hooks.stdout": "$OUT/new", "run.oci.hooks.stderr": "$OUT/new",
                    "run.oci.seccomp.receiver": "/tmp/x", "org.systemd.property.ExecStart": "/bin/x",
                    "run.oci.handler": "krun", "run.oci.mount_context_type": "context",
                    "run.oci.systemd.force_cgroup_v1": "/x",
                ]), .writes("ran")),
        Attack(
            "-", "hooks in the root file system",
            prepare: """
                mkdir -p usr/share/containers/oci/hooks.d etc/containers/oci/hooks.d
                echo '{"version":"1.0.0","hook":{"path":"/bin/touch","args":["touch","'$OUT/new'"]},"when":{"always":true},"stages":["prestart"]}' \
                    | tee etc/containers/oci/hooks.d/x.json >usr/share/containers/oci/hooks.d/x.json
                """, run, .writes("ran")),
    ]

    static let directories: [Attack] =
        (0...20).map { number in
            Attack(
                "CVE-2024-21626", "cwd /proc/self/fd/\(number)",
                Config("cat", "file").with("process", "cwd", be: .string("/proc/self/fd/\(number)")),
                .refused("proc/self/fd"))
        } + [
            Attack(
                "CVE-2024-21626", "a link to a descriptor as cwd",
                prepare: "for i in {0..20}; do ln -s /proc/self/fd/$i fd$i; done",
                Config("pwd").with("process", "cwd", be: "/fd7"), .refused("fd7")),
            Attack(
                "CVE-2024-21626", "cwd above the root", Config("ls", "-a").with("process", "cwd", be: "/../../../.."),
                .writes("bin")),
        ]

    @Test(arguments: ids + parameters + words + foreignHooks + directories)
    func `reaches nothing of the host`(attack: Attack) async throws { try await attack.attempt() }

    /// CVE-2023-25153: what is read as a whole has a limit.
    @Test(arguments: [
        ("head -c 17000000 /dev/zero | tr '\\0' ' '", "too large"),
        ("head -c 1000000 /dev/zero | tr '\\0' '['", "config.json"),
        ("printf '{\"a\":%.0s' {1..200000}", "config.json"),
    ])
    func `is bounded`(script: String, message: String) async throws {
        try await Bundle.with(.ours) { bundle async throws in
            let answer = try await bundle.shell("\(script) >config.json; $OCI create $ID")
            #expect(answer.code == 1)
            #expect(answer.text.contains(message), "\(answer.text.prefix(300))")
        }
    }
}
