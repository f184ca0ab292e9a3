import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A container's rights` {
    @Test(arguments: [
        (
            InitProgram.Identity.id(1000), InitProgram.Identity?.none, "uid=1000(web) gid=1001(web) groups=7,1001(web)",
            "/home/web"
        ),
        (.name("web"), .none, "uid=1000(web) gid=1001(web) groups=7,1001(web)", "/home/web"),
        (.name("web"), .name("disk"), "uid=1000(web) gid=6(disk) groups=6(disk),7", "/home/web"),
        (.id(4711), .id(99), "uid=4711 gid=99 groups=7,99", "/"),
        (.id(4711), .none, "uid=4711 gid=0(root) groups=0(root),7", "/"),
    ])
    func `become the user that is named`(
        user: InitProgram.Identity, group: InitProgram.Identity?, identity: String, home: String
    ) async throws {
        try await ContainerFixture.with { fixture in
            let (_, lines) = try await fixture.run("id; echo $HOME") {
                $0.user = .init(user, group: group, additionalGroups: [7])
            }
            #expect(lines == [identity, home])
        }
    }

    @Test func `are those of the groups that list the user, if asked`() async throws {
        try await ContainerFixture.with { fixture in
            let (_, lines) = try await fixture.run("id") { $0.user = .init(.name("web"), joinsListedGroups: true) }
            #expect(lines == ["uid=1000(web) gid=1001(web) groups=6(disk),1001(web)"])
        }
    }

    @Test func `are the capabilities given, and no more`() async throws {
        try await ContainerFixture.with { fixture in
            let script = "grep -E 'Cap|NoNew|Seccomp:' /proc/self/status"
            let (_, lines) = try await fixture.run(script)
            let given = "00000000000004e1"
            #expect(
                lines == [
                    "CapInh:\t0000000000000000", "CapPrm:\t\(given)", "CapEff:\t\(given)", "CapBnd:\t\(given)",
                    "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t0",
                ])
        }
    }

    @Test(arguments: [true, false])
    func `are narrowed by a seccomp filter`(noNewPrivileges: Bool) async throws {
        try await ContainerFixture.with { fixture in
            let profile = RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [.init(["sethostname", "mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38)])
            let filter = try SeccompFilter(compiling: profile)
            let (_, lines) = try await fixture.run("exec 2>&1; busybox mkdir /tmp/x; grep Seccomp: /proc/self/status") {
                $0.seccompFilter = filter
                $0.spec.process?.noNewPrivileges = noNewPrivileges
            }
            #expect(lines == ["mkdir: can't create directory '/tmp/x': Function not implemented", "Seccomp:\t2"])
        }
    }

    @Test func `cannot be widened by links of the image`() async throws {
        try await ContainerFixture.with { fixture in
            let layer = fixture.host.directory.appending("hostile")
            let outside = fixture.host.directory.appending("outside")
            try makeDirectories(layer.appending("etc"))
            try makeDirectories(outside)
            try replaceFile(at: outside.appending("passwd"), with: "evil:x:0:0::/:/bin/sh\n".utf8)
            let escape = "../../../../../../../../../.." + outside.string
            unsafe symlink(escape, layer.appending("data").string)
            unsafe symlink("\(escape)/passwd", layer.appending("etc/passwd").string)
            unsafe symlink("/etc", layer.appending("proc").string)
            func hostile(_ change: (inout ContainerSpec) -> Void) throws -> ContainerSpec {
                var container = try fixture.spec("true")
                guard case .overlay(let layers, let upper, let work) = container.root else { return container }
                container.root = .overlay(layers: [layer.string] + layers, upper: upper, work: work)
                change(&container)
                return container
            }
            // A mount of /proc is never redirected.
            let redirected = try hostile { _ in }
            await #expect(throws: ShimError.self) { try await fixture.start(redirected) }
            // Devices are made where the link leads inside the root.
            unsafe symlink(escape, layer.appending("dev").string)
            let devices = try hostile { $0.spec.mounts?.removeFirst() }
            try await fixture.start(devices, id: "devices")
            _ = try await fixture.shim.wait("devices")
            unsafe unlink(layer.appending("dev").string)
            // A user that only the host's file knows is not found.
            let evil = try hostile { container in
                container.spec.mounts?.removeFirst()
                container.spec.linux?.maskedPaths = nil
                container.spec.linux?.readonlyPaths = nil
                container.user.user = .name("evil")
            }
            let error = await #expect(throws: ShimError.self) { try await fixture.start(evil) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("user evil is not in /etc/passwd"))
            // Places of mounts and devices are made inside the root, not where links of the image lead.
            #expect(try directoryEntries(outside) == ["passwd"])
        }
    }

    /// Below the root there is an empty directory, and below that the kernel's own.
    @Test func `end at its root, also for one that may change roots and mounts`() async throws {
        try await ContainerFixture.with { fixture in
            var container = try fixture.spec(
                """
                exec 2>&1 9</
                busybox mkdir -p /x/bin /x/proc
                busybox cp /bin/busybox /x/bin
                mount -t proc proc /x/proc
                busybox chroot /x /bin/busybox ls /proc/self/fd/9/../../..
                grep -c ' / / ' /proc/self/mountinfo
                busybox unshare -U /bin/true; echo $?
                busybox umount -l /; echo gone; /bin/busybox sleep 1000
                """)
            let rights = ["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SETFCAP"]
            container.spec.process?.capabilities = .init(bounding: rights, effective: rights, permitted: rights)
            try await fixture.start(container)
            var lines: [String] = []
            while lines.last != "gone" {
                try await Task.sleep(for: .milliseconds(10))
                lines = try fixture.lines()
            }
            #expect(lines == ["bin", "dev", "etc", "proc", "root", "sys", "tmp", "x", "1", "0", "gone"])
            // Whoever enters its mounts now comes to the empty directory, and to nothing of the host's.
            let exec = InitProgram(
                joins: [.process(id: "app", kinds: [.mount])],
                steps: [.execute(arguments: ["/bin/sh"], environment: [])])
            let error = await #expect(throws: ShimError.self) {
                _ = try await fixture.shim.start(StartRequest(id: "exec", program: exec))
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("No such file"), "\(String(describing: error))")
        }
    }

    @Test func `are limited by resource limits`() async throws {
        try await ContainerFixture.with { fixture in
            let (_, lines) = try await fixture.run("ulimit -n; ulimit -c") {
                $0.spec.process?.rlimits = [
                    .init(type: "RLIMIT_NOFILE", hard: 64, soft: 32), .init(type: "RLIMIT_CORE", hard: 0, soft: 0),
                ]
            }
            #expect(lines == ["32", "0"])
        }
    }
}
