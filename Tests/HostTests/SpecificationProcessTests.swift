import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A process of the specification` {
    @Test func `runs as it is scheduled, on the machine that it was told`() async throws {
        try await LifecycleFixture.with { fixture in
            // Source: proc(5): fields 19 and 41 of stat are the nice value and the policy (SCHED_BATCH is 3).
            var spec = fixture.spec(
                "busybox cut -d' ' -f19,41 /proc/1/stat; busybox ionice -p 1; busybox uname -m; umask")
            spec.process?.scheduler = .init(policy: "SCHED_BATCH", nice: 5)
            spec.process?.ioPriority = .init(class: "IOPRIO_CLASS_IDLE", priority: 3)
            spec.process?.user.umask = 0o027
            spec.linux?.personality = .init(domain: "LINUX32")
            let lines = try await fixture.run(spec).lines
            #expect(lines.first == "5 3", "\(lines)")
            #expect(lines.contains { $0.contains("idle") }, "\(lines)")
            #expect(lines.contains { ["i686", "armv8l", "armv7l"].contains($0) }, "\(lines)")
            #expect(lines.contains("0027"))
        }
    }

    @Test func `is told of capabilities that do not exist, and keeps the ambient ones that do`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("grep Cap /proc/self/status; id")
            let some = ["CAP_KILL", "CAP_OF_ANOTHER_AGE"]
            spec.process?.capabilities = .init(
                bounding: some, effective: some, inheritable: some, permitted: some, ambient: some)
            spec.process?.user = .init(uid: 7, gid: 8, additionalGids: [9])
            let run = try await fixture.run(spec)
            #expect(run.warnings == ["process.capabilities: CAP_OF_ANOTHER_AGE is none that this kernel knows"])
            #expect(run.lines.prefix(5).allSatisfy { $0.hasSuffix("0000000000000020") }, "\(run.lines)")
            #expect(run.lines.last == "uid=7 gid=8 groups=9")
        }
    }

    @Test func `is at a terminal, whose other end went to the console socket`() async throws {
        try await LifecycleFixture.with { fixture in
            let ends = try UnixSocket.pair().release()
            var spec = fixture.spec(
                "tty; stty size; test -c /dev/console && echo console; stat -c %u /dev/pts/0; read x; echo $x")
            spec.process?.terminal = true
            spec.process?.consoleSize = .init(height: 33, width: 99)
            spec.process?.user.uid = 1000
            async let running = fixture.run(spec, console: ends.far)
            let packet = try await onOwnThread { [near = ends.near] in
                try near.receivePacket(limit: 64)?.takeDescriptors() ?? []
            }
            let master = try #require(packet.first)
            _ = try master.writeAll("typed\n".utf8)
            var said = ""
            var buffer = [UInt8](repeating: 0, count: 4096)
            while !said.contains("typed\r\n1000") && !said.hasSuffix("typed\r\ntyped\r\n") {
                let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(master.rawValue, $0.baseAddress, 4096) }
                if count <= 0 { break }
                said += String(decoding: buffer.prefix(count), as: UTF8.self)
            }
            let code = try await running.exit.code
            #expect(code == 0)
            for text in ["/dev/pts/0", "33 99", "console", "1000", "typed"] { #expect(said.contains(text), "\(said)") }
            try master.close()
            try ends.near.close()
        }
    }

    @Test func `comes after its hooks, each in its place`() async throws {
        try await LifecycleFixture.with { fixture in
            let record = fixture.host.directory.appending("record").string
            func hook(_ script: String, timeout: Int? = nil) -> RuntimeSpec.Hook {
                .init(path: "/bin/busybox", args: ["sh", "-c", script], env: ["A=b"], timeout: timeout)
            }
            var spec = fixture.spec("echo program >> /record; cat /record")
            let state = "read state; echo \"$state $A\""
            spec.hooks = .init(
                prestart: [hook("echo prestart $(cat) >> \(record)")],
                createRuntime: [hook("echo createRuntime $(cat) >> \(record)", timeout: 10)],
                // In the container's mounts, but with the host's paths: the root file system is not entered yet.
                createContainer: [
                    hook(
                        "\(state) >> \(record); test -d \(fixture.rootfs)/proc/1 && cp \(record) \(fixture.rootfs)/record"
                    )
                ],
                startContainer: [hook("\(state) >> /record")])
            let hooks = try #require(spec.hooks)
            let run = try await fixture.run(spec) { _ in
                let state = Array(#"{"a":1}"#.utf8)
                _ = try hooks.run(at: .prestart, state: state)
                _ = try hooks.run(at: .createRuntime, state: state)
            }
            #expect(
                run.lines == [
                    #"prestart {"a":1}"#, #"createRuntime {"a":1}"#, #"{"status":"creating"} b"#,
                    #"{"status":"created"} b"#, "program",
                ], "\(run.lines)")
        }
    }

    @Test(arguments: [
        ("exit 3", Int?.none, "it ended with code 3"), ("sleep 60", 1, "it took longer than 1000 ms"),
        ("kill -9 $$", nil, "signal 9 ended it"),
    ])
    func `does not come when a hook fails`(script: String, timeout: Int?, message: String) async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("true")
            spec.hooks = .init(createContainer: [
                .init(path: "/bin/busybox", args: ["sh", "-c", script], env: [], timeout: timeout)
            ])
            let error = await #expect(throws: ShimError.self) { _ = try await fixture.run(spec) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains("run hook /bin/busybox: \(message)"), "\(text)")
        }
    }

    @Test func `hands calls to a listener that its maker gets`() async throws {
        try await LifecycleFixture.with { fixture in
            for noNewPrivileges in [true, false] {
                var spec = fixture.spec("exec 2>&1; busybox mkdir /tmp/x; echo end")
                spec.process?.noNewPrivileges = noNewPrivileges
                spec.linux?.seccomp = .init(
                    defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
                    listenerPath: "/run/listener.sock",
                    syscalls: [.init(["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY")])
                let run = try await fixture.run(
                    spec,
                    onListener: { fd in
                        #expect(LifecycleFixture.target("/proc/self/fd/\(fd.rawValue)").contains("seccomp notify"))
                    })
                // The listener is closed: nobody answers, and the kernel says so.
                #expect(
                    run.lines.suffix(2) == ["mkdir: can't create directory '/tmp/x': Function not implemented", "end"],
                    "\(run.lines)")
            }
        }
    }

    @Test func `is not started unconfined where the kernel has no such module`() async throws {
        try await LifecycleFixture.with { fixture in
            guard try !fileExists(at: "/sys/kernel/security/apparmor") else { return }
            var spec = fixture.spec("true")
            spec.process?.apparmorProfile = "some-profile"
            let error = await #expect(throws: ShimError.self) { _ = try await fixture.run(spec) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("set apparmor label some-profile"))
        }
    }

    @Test func `is looked for before it is started`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("true")
            spec.process?.args = ["no-such-program"]
            let error = await #expect(throws: ShimError.self) { _ = try await fixture.run(spec) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("execute no-such-program: look up in PATH"))
        }
    }
}
