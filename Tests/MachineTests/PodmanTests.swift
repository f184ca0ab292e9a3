import Testing

/// podman of Debian with our program as its runtime: conmon asks it.
@Suite(.serialized, .boot(1)) struct `podman over swiftlet-oci` {
    init() async throws {
        try await shell("podman image exists localhost/demo:1 || podman load -qi $SWIFTLET_DEMO_IMAGE")
    }

    /// Runs podman, with a cgroup manager and what else stands before the command.
    @discardableResult
    private func podman(_ words: String, manager: String = "cgroupfs") async throws -> String {
        try await shell("podman --runtime /usr/bin/swiftlet-oci --cgroup-manager \(manager) \(words)")
    }

    @Test(arguments: ["cgroupfs", "systemd"])
    func `has a container's life, limits, streams and numbers`(manager: String) async throws {
        let name = "life-\(manager)"
        try await shell("mkdir -p /var/tmp/\(name); echo outside >/var/tmp/\(name)/file")
        try await podman(
            """
            run -d --name \(name) --network none --memory 64m --cpus 0.5 --pids-limit 50 --cpu-shares 512 \
            -v /var/tmp/\(name):/data localhost/demo:1 sh -c \
            'cat /data/file; echo wrong >&2; echo inside >/data/new; trap "exit 3" TERM; while true; do sleep 0.2; done'
            """, manager: manager)
        try await until("the container has written") {
            try await podman("logs \(name) 2>&1", manager: manager) == "outside\nwrong" ? true : nil
        }
        #expect(try await shell("cat /var/tmp/\(name)/new") == "inside")
        let files = try await podman(
            "exec \(name) sh -c 'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max cpu.weight'", manager: manager)
        #expect(files == "67108864\n50\n50000 100000\n59")
        #expect(
            try await podman("exec -e A=b --user 65534 \(name) sh -c 'echo $A $(id -u)'", manager: manager) == "b 65534"
        )
        await #expect(throws: CommandFailed.self) { try await podman("exec \(name) false", manager: manager) }
        let stats = try await podman("stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' \(name)", manager: manager)
        #expect(stats.hasSuffix("/ 67.11MB") && !stats.hasPrefix("0 "), "\(stats)")
        try await podman("pause \(name)", manager: manager)
        #expect(try await podman("inspect -f '{{.State.Status}}' \(name)", manager: manager) == "paused")
        try await podman("unpause \(name)", manager: manager)
        try await podman("update --memory 96m \(name)", manager: manager)
        #expect(
            try await podman("exec \(name) cat /sys/fs/cgroup/memory.max", manager: manager) == "100663296")
        let id = try await podman("inspect -f '{{.Id}}' \(name)", manager: manager)
        let scopes = try await shell("systemctl list-units --no-legend --plain 'libpod-\(id).scope'")
        #expect(scopes.isEmpty == (manager == "cgroupfs"), "\(scopes)")
        try await podman("stop -t 20 \(name)", manager: manager)
        #expect(try await podman("inspect -f '{{.State.ExitCode}}' \(name)", manager: manager) == "3")
        try await podman("rm \(name)", manager: manager)
        #expect(try await shell("find /sys/fs/cgroup -name '*\(id)*'") == "")
        #expect(try await shell("systemctl list-units --all --no-legend --plain 'libpod-\(id)*'") == "")
    }

    /// Options, a script, and what it prints.
    static let options: [(String, String, String)] = [
        (
            "--uidmap 0:100000:65536 --gidmap 0:200000:65536 --user 7:8", "id -u; id -g; cat /proc/self/uid_map",
            "7\n8\n         0     100000      65536"
        ),
        (
            "--security-opt seccomp=/var/tmp/no-mkdir.json", "mkdir /x 2>&1 || true",
            "mkdir: can't create directory '/x': No space left on device"
        ),
        (
            "--cap-drop all --cap-add net_bind_service --security-opt no-new-privileges",
            "grep -E 'CapEff|NoNew|Seccomp:' /proc/self/status",
            "CapEff:\t0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2"
        ),
        (
            "--read-only --tmpfs /scratch:size=64k,noexec --init", "touch /x 2>&1; touch /scratch/x; cat /proc/1/comm",
            "touch: /x: Read-only file system\npodman-init"
        ),
        (
            "--ulimit nofile=77:77 --sysctl net.ipv4.ip_forward=1 --hostname box --device /dev/null:/dev/other -t",
            "ulimit -n; cat /proc/sys/net/ipv4/ip_forward; hostname; echo x >/dev/other; tty",
            "77\r\n1\r\nbox\r\n/dev/pts/0\r\n"
        ),
    ]

    @Test(arguments: options)
    func `gives a container what its options say`(options: String, script: String, answer: String) async throws {
        try await shell(
            """
            echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], \
            "action": "SCMP_ACT_ERRNO", "errnoRet": 28}]}' >/var/tmp/no-mkdir.json
            """)
        #expect(
            try await podman("run --rm --network none \(options) localhost/demo:1 sh -c \"\(script)\"") == answer)
    }

    /// With systemd alone: with cgroupfs, podman 4.3.1 forbids all devices to the pod's own group, whoever is its runtime.
    @Test(arguments: ["systemd"])
    func `plays a pod of two containers`(manager: String) async throws {
        let manifest = """
            apiVersion: v1
            kind: Pod
            metadata: {name: pair-\(manager)}
            spec:
              containers:
              - name: server
                image: localhost/demo:1
                command: [httpd, -f, -p, '8080', -h, /www]
                resources: {limits: {memory: 32Mi}}
              - name: client
                image: localhost/demo:1
                command: [sh, -c, 'while ! wget -qO- http://127.0.0.1:8080/; do sleep 0.5; done; sleep 1000']
                securityContext: {runAsUser: 65534, readOnlyRootFilesystem: true}
            """
        let (file, pod) = ("/var/tmp/pair-\(manager).yaml", "pair-\(manager)")
        try await shell("cat >\(file) <<'END'\n\(manifest)\nEND")
        try await podman("kube play \(file)", manager: manager)
        try await until("the containers talk") {
            try await podman("logs \(pod)-client", manager: manager).contains("Hello from a pod.").orNil
        }
        let net = "readlink /proc/self/ns/net; readlink /proc/self/ns/ipc"
        #expect(
            try await podman("exec \(pod)-server sh -c '\(net)'", manager: manager)
                == (try await podman("exec \(pod)-client sh -c '\(net)'", manager: manager)))
        #expect(
            try await podman("exec \(pod)-server cat /sys/fs/cgroup/memory.max", manager: manager) == "33554432")
        #expect(try await podman("exec \(pod)-client id -u", manager: manager) == "65534")
        try await podman("kube down \(file)", manager: manager)
        #expect(try await podman("ps -aq --filter name=\(pod)", manager: manager) == "")
    }
}
