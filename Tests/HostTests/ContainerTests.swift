import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A container` {
    @Test func `lives in namespaces of its own and of its pod`() async throws {
        try await ContainerFixture.with { fixture in
            let script = "echo $$; cat /proc/sys/kernel/hostname; ls /; grep ^0: /proc/self/cgroup; ls /proc/1/fd"
            let (exit, lines) = try await fixture.run(script)
            #expect(exit.code == 0)
            #expect(
                lines == ["1", "pod"] + ["bin", "dev", "etc", "proc", "root", "sys", "tmp"] + [
                    "0::/", "0", "1", "2", "3",
                ])
        }
    }

    @Test func `sees the file systems that it should`() async throws {
        try await ContainerFixture.with { fixture in
            let (exit, lines) = try await fixture.run("cat /proc/mounts")
            #expect(exit.code == 0)
            let mounts = lines.map { $0.split(separator: " ") }
            let kinds = mounts.map { "\($0[1]) \($0[2])" }
            for expected in [
                "/ overlay", "/proc proc", "/dev tmpfs", "/dev/pts devpts", "/dev/mqueue mqueue", "/dev/shm tmpfs",
                "/sys sysfs", "/sys/fs/cgroup cgroup2", "/proc/sys proc", "/proc/keys tmpfs",
            ] {
                #expect(kinds.contains(expected), "\(expected)")
            }
            #expect(mounts.first { $0[1] == "/sys" }?[3].hasPrefix("ro,") == true)
            // Nothing of the host's is left below.
            #expect(!kinds.contains { $0.hasPrefix("/tmp") || $0.hasPrefix("/work") })
        }
    }

    @Test(arguments: [
        ("cat /proc/keys /sys/firmware/*; ls /sys/firmware", "can't open '/sys/firmware/*'"),
        ("echo 1 > /proc/sys/kernel/printk", "Read-only file system"),
        ("echo x > /sys/kernel/uevent_seqnum", "Read-only file system"),
        ("echo x > /sys/fs/cgroup/cgroup.procs", "Read-only file system"),
        ("echo hello > /dev/null; stat -c %t:%T /dev/zero", "1:5"),
        ("echo x > /file; cat /file", "x"),
        ("ls -l /dev/fd /dev/ptmx", "/dev/ptmx -> pts/ptmx"),
        ("busybox mknod /tmp/disk b 8 0", "Operation not permitted"),
        ("mount -t tmpfs x /tmp", "permission denied"),
    ])
    func `protects paths`(script: String, expected: String) async throws {
        try await ContainerFixture.with { fixture in
            let (_, lines) = try await fixture.run("exec 2>&1; " + script)
            let text = lines.joined(separator: "\n")
            #expect(text.contains(expected), "\(text)")
        }
    }

    @Test func `leaves a read-only root alone`() async throws {
        try await ContainerFixture.with { fixture in
            let (exit, lines) = try await fixture.run("exec 2>&1; echo x > /file && exit 7; echo y > /dev/shm/y") {
                $0.spec.root?.readonly = true
            }
            #expect(exit.code == 0)
            #expect(lines == ["sh: can't create /file: Read-only file system"])
        }
    }

    @Test func `gets binds, read-only ones and files included`() async throws {
        try await ContainerFixture.with { fixture in
            let volume = fixture.host.directory.appending("volume")
            try makeDirectories(volume)
            try replaceFile(at: volume.appending("hosts"), with: "hosts\n".utf8)
            let script = "exec 2>&1; cat /etc/hosts /data/deep/hosts; echo x > /data/deep/x; echo x > /ro/x; echo end"
            let (_, lines) = try await fixture.run(script) { container in
                container.spec.mounts? += [
                    .init(
                        destination: "/data/deep", source: volume.string, type: "bind", options: ["rbind", "rprivate"]),
                    .init(destination: "/ro", source: volume.string, type: "bind", options: ["rbind", "ro"]),
                    .init(destination: "/etc/hosts", source: volume.appending("hosts").string, options: ["bind"]),
                ]
            }
            #expect(lines == ["hosts", "hosts", "sh: can't create /ro/x: Read-only file system", "end"])
            #expect(try fixture.host.text(volume.appending("x")) == "x\n")
        }
    }

    @Test func `names the step that fails`() async throws {
        try await ContainerFixture.with { fixture in
            let errors: [(String, @Sendable (inout ContainerSpec) -> Void)] = [
                ("look up in PATH", { $0.spec.process?.args = ["nothing"] }),
                (
                    "bind /no/such/volume",
                    { $0.spec.mounts?.append(.init(destination: "/x", source: "/no/such/volume", options: ["bind"])) }
                ),
                (
                    "become user nobody-here: user nobody-here is not in /etc/passwd",
                    { $0.user.user = .name("nobody-here") }
                ),
                ("mount nofs", { $0.spec.mounts?.append(.init(destination: "/x", source: "x", type: "nofs")) }),
                ("container must not run as root", { $0.user.refusesRoot = true }),
            ]
            for (text, change) in errors {
                var container = try fixture.spec("true")
                change(&container)
                let broken = container
                let error = await #expect(throws: ShimError.self) { try await fixture.start(broken) }
                #expect("\(error.map { "\($0)" } ?? "")".contains(text), "\(String(describing: error))")
            }
        }
    }

    @Test func `is entered by an exec`() async throws {
        try await ContainerFixture.with { fixture in
            try await fixture.start(try fixture.spec("echo mine > /tmp/file; sleep 1000; true"))
            let (reading, writing) = try FileDescriptor.pipe()
            let null = try FileDescriptor.open(FilePath("/dev/null"), .readWrite)
            let all: Namespaces = [.mount, .pid, .network, .ipc, .uts, .cgroup]
            let group = fixture.host.cgroup.appending("app").string
            for (program, code) in [
                ("sleep 0.05; cat /tmp/file; cat /proc/1/comm; exit 3", Int32(3)), ("kill -9 $$", 137),
            ] {
                let request = StartRequest(
                    id: "exec",
                    program: InitProgram(
                        joins: [.process(id: "app", kinds: all)],
                        steps: [
                            .openRoot(0), .newSession, .changeDirectory("/"),
                            .setCredentials(
                                .init(user: .name("web"), capabilities: .init(bounding: 0, effective: 0, permitted: 0)),
                                root: 0),
                            .setNoNewPrivileges,
                            .execute(arguments: ["sh", "-c", program], environment: ["PATH=/bin"]),
                        ]),
                    cgroup: group, streams: .descriptors)
                let process = try await fixture.shim.run(request, descriptors: [null, writing, writing])
                #expect(try await process.end().code == code)
            }
            try writing.close()
            #expect(String(decoding: try reading.readToEnd(limit: 1000), as: UTF8.self) == "mine\nsh\n")
            try reading.close()
            try null.close()
            #expect(try await fixture.shim.list().map(\.id).sorted() == ["app", "pause"])
            try await fixture.shim.signal("app", SIGKILL, all: true)
            #expect(try await fixture.shim.wait("app").code == 137)
        }
    }

    @Test func `leaves nothing behind`() async throws {
        let mounts = try readFile(at: "/proc/self/mountinfo")
        let descriptors = try directoryEntries("/proc/self/fd").count
        for _ in 0..<10 {
            try await ContainerFixture.with { fixture in
                for n in 0..<5 { _ = try await fixture.run("echo \(n)", id: "c\(n)") }
                #expect(try fixture.lines("c3") == ["3"])
            }
        }
        // Other tests of this process come and go: one that leaks here would have left ten.
        var left = Int.max
        for _ in 0..<500 where left > descriptors + 9 {
            left = try directoryEntries("/proc/self/fd").count
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(left <= descriptors + 9)
        #expect(try readFile(at: "/proc/self/mountinfo") == mounts)
    }
}
