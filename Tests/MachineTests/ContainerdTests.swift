import Testing

/// containerd of Debian with our program in runc's place: its shim asks it.
@Suite(.serialized, .boot(1)) struct `containerd over swiftlet-oci` {
    init() async throws {
        try await shell(
            """
            systemctl is-active -q containerd || systemctl start containerd
            [ -n "$(ctr image ls -q name==localhost/demo:1)" ] || ctr image import $SWIFTLET_DEMO_IMAGE >/dev/null
            """)
    }

    private static let image = "localhost/demo:1"
    private static let binary = "--runc-binary /usr/bin/swiftlet-oci"

    @Test(arguments: ["cgroupfs", "systemd"])
    func `has a container's life, limits and numbers`(manager: String) async throws {
        let name = "ctr-\(manager)"
        let place =
            manager == "cgroupfs"
            ? "--cgroup /ctr/\(name)" : "--runc-systemd-cgroup --cgroup machine.slice:ctr:\(name)"
        try await shell(
            """
            ctr run -d \(Self.binary) \(place) --memory-limit 67108864 --cpus 0.5 \(Self.image) \(name) \
            sh -c 'trap "exit 3" TERM; while true; do sleep 0.2; done'
            """)
        let group =
            manager == "cgroupfs" ? "/sys/fs/cgroup/ctr/\(name)" : "/sys/fs/cgroup/machine.slice/ctr-\(name).scope"
        #expect(try await shell("cat \(group)/memory.max \(group)/cpu.max") == "67108864\n50000 100000")
        let exec = "ctr task exec --exec-id one"
        #expect(try await shell("\(exec) --user 65534 \(name) sh -c 'id -u; cat /proc/1/comm'") == "65534\nsh")
        await #expect(throws: CommandFailed.self) { try await shell("\(exec) \(name) false") }
        #expect(try await shell("ctr task ps \(name) | wc -l") >= "2")
        #expect(try await shell("ctr task metrics \(name)").contains("memory.usage_limit    67108864"))
        try await shell("ctr task pause \(name)")
        #expect(try await shell("ctr task ls | awk '$1 == \"\(name)\" { print $3 }'") == "PAUSED")
        try await shell("ctr task resume \(name)")
        try await shell("ctr task kill -s TERM \(name)")
        try await until("the task has ended") {
            try await shell("ctr task ls | awk '$1 == \"\(name)\" { print $3 }'") == "STOPPED" ? true : nil
        }
        #expect(try await shell("ctr task rm \(name) 2>&1").contains("exit code 3"))
        try await shell("ctr container rm \(name)")
        #expect(try await shell("[ ! -e \(group) ] || find \(group)") == "")
    }

    /// Options, a script, and what it prints.
    static let options: [(String, String, String)] = [
        ("", "exit 42", "42"),
        (
            "--read-only --env A=b --cwd /tmp", "touch /x 2>&1; echo $A; pwd",
            "touch: /x: Read-only file system\nb\n/tmp\n0"
        ),
        (
            "--seccomp --cap-drop CAP_CHOWN", "grep -E \"CapEff|Seccomp:\" /proc/self/status",
            "CapEff:\t00000000a80425fa\nSeccomp:\t2\n0"
        ),
        (
            "--uidmap 0:100000:65536 --gidmap 0:100000:65536", "cat /proc/self/uid_map",
            "         0     100000      65536\n0"
        ),
    ]

    @Test(arguments: options)
    func `gives a container what its options say`(options: String, script: String, answer: String) async throws {
        let words = "ctr run --rm \(Self.binary) \(options) \(Self.image) once sh -c '\(script)'"
        #expect(try await shell("code=0; \(words) || code=$?; echo $code") == answer)
    }
}
