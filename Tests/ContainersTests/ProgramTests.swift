import Containers
import Linux
import OCI
import Testing

@Suite struct `A container's program` {
    private typealias Step = InitProgram.Step

    private func program(
        _ change: (inout RuntimeSpec, inout ContainerSpec.Meetings) -> Void = { _, _ in }
    ) throws -> InitProgram {
        var spec = RuntimeSpec(
            process: .init(args: ["sh"], env: ["PATH=/bin"]), root: .init(path: "/rootfs"),
            mounts: [.init(destination: "/proc", source: "proc", type: "proc")],
            linux: .init(namespaces: [.init(.mount), .init(.pid)]))
        var meetings = ContainerSpec.Meetings()
        change(&spec, &meetings)
        var container = ContainerSpec(spec: spec, bundle: "/bundle")
        container.meetings = meetings
        return try InitProgram(container)
    }

    /// The steps that `changed` has more than an ordinary container, in their order.
    private func added(_ change: (inout RuntimeSpec, inout ContainerSpec.Meetings) -> Void) throws -> [String] {
        let plain = try program().steps.map(\.description)
        return try program(change).steps.map(\.description).filter { !plain.contains($0) }
    }

    @Test func `needs no helper, and no more than it did`() throws {
        let program = try program()
        #expect(program.helper == nil)
        let kinds = program.steps.map { String("\($0)".split(separator: " ").first ?? "") }
        #expect(kinds.starts(with: ["make", "bind", "enter", "mount", "mount"]))
        #expect(kinds.last == "execute")
    }

    private static let owners = [RuntimeSpec.IDMapping(containerID: 0, hostID: 65536, size: 65536)]

    /// As a pod's container has it: the namespace is the pause's, the root is an overlay.
    private func mapped(_ change: (inout ContainerSpec) -> Void = { _ in }) throws -> InitProgram {
        var spec = RuntimeSpec(
            process: .init(args: ["sh"], env: ["PATH=/bin"]), root: .init(path: "rootfs"),
            mounts: ["/one", "/two"].map {
                .init(
                    destination: $0, source: "/v\($0)", type: "bind", uidMappings: Self.owners,
                    gidMappings: Self.owners)
            },
            linux: .init(namespaces: [.init(.mount), .init(.user, path: RuntimeSpec.Namespace.ofSandbox)]))
        spec.linux?.uidMappings = Self.owners
        spec.linux?.gidMappings = Self.owners
        var container = ContainerSpec(
            spec: spec, root: .overlay(layers: ["/l/top", "/l/low"], upper: "/u", work: "/w"), sandbox: "pause")
        change(&container)
        return try InitProgram(container)
    }

    @Test func `shows layers and volumes with other owners through one user namespace`() throws {
        let program = try mapped()
        #expect(program.joins == [.process(id: "pause", kinds: .user)])
        let helper = try #require(program.helper)
        #expect(helper.uids == [] && helper.gids == [], "they are the pause's")
        #expect(helper.steps.filter { if case .makeUserNamespace = $0 { true } else { false } }.count == 1)
        let steps = helper.steps.map(\.description).filter { !$0.contains("/dev/") && $0 != "change mount" }
        #expect(
            steps == [
                "bind /v/one", "make user namespace", "map ids of mount", "bind /v/two", "map ids of mount",
                "make mount namespace", "bind /l/top", "map ids of mount", "place mount on /l/top", "bind /l/low",
                "map ids of mount", "place mount on /l/low", "mount overlay",
            ])
        #expect(!program.steps.map(\.description).contains("mount overlay"))
    }

    @Test func `labels what is mounted for it, but not the kernel's own file systems`() throws {
        let program = try mapped { container in
            container.spec.linux?.mountLabel = "u:r:t:s0"
            container.spec.linux?.namespaces = [.init(.mount)]
            container.spec.mounts = ["proc", "tmpfs", "cgroup2"].map { (type: String) in
                .init(destination: "/\(type)", type: type)
            }
        }
        let labelled = program.steps.compactMap { step -> String? in
            guard case .makeFilesystem(_, let type, let options, _) = step,
                options.contains(.init("context", "u:r:t:s0"))
            else { return nil }
            return type
        }
        #expect(labelled == ["overlay", "tmpfs"])
    }

    @Test func `gives a user namespace's root the streams that are the runtime's own`() throws {
        #expect(
            try mapped { $0.ownsStreams = true }.helper?.steps.contains(.giveStreams(uid: 65536, gid: 65536)) == true)
        let others = try mapped().helper?.steps.map(\.description) ?? []
        #expect(!others.contains { $0.hasPrefix("give streams") })
        let plain = try mapped {
            $0.ownsStreams = true
            $0.spec.linux?.namespaces = [.init(.mount)]
            $0.spec.linux?.uidMappings = nil
            $0.spec.linux?.gidMappings = nil
            $0.spec.mounts = []
        }
        #expect(plain.helper == nil)
        #expect(!plain.steps.map(\.description).contains { $0.hasPrefix("give streams") })
    }

    @Test func `enters the users of a container that has its own, and only then`() throws {
        var exec = ExecSpec(in: "app", process: .init(args: ["sh"]), user: .init(), seccompFilter: nil)
        #expect(try InitProgram(exec).helper == nil)
        exec.idMappings = Self.owners
        let program = try InitProgram(exec)
        #expect(
            program.joins == [.process(id: "app", kinds: [.mount, .cgroup, .uts, .ipc, .pid, .network, .user])])
        #expect(program.helper?.steps.contains(.giveStreams(uid: 65536, gid: 65536)) == true)
    }

    @Test func `has a helper for the rights that a user namespace takes away`() throws {
        let program = try program { spec, _ in
            spec.linux?.namespaces?.append(.init(.user))
            spec.linux?.uidMappings = [.init(containerID: 0, hostID: 1000, size: 10)]
            spec.linux?.gidMappings = [.init(containerID: 0, hostID: 2000, size: 10)]
            spec.process?.rlimits = [.init(type: "RLIMIT_CORE", hard: 1, soft: 0)]
            spec.process?.oomScoreAdj = 5
            spec.mounts?.append(.init(destination: "/v", source: "vol", options: ["bind"]))
        }
        let helper = try #require(program.helper)
        #expect(helper.uids == [.init(inside: 0, outside: 1000, count: 10)])
        #expect(helper.gids == [.init(inside: 0, outside: 2000, count: 10)])
        let steps = helper.steps.map(\.description)
        for step in ["bind /bundle/vol", "bind /rootfs", "bind /dev/null", "set limit 4 to 0:1"] {
            #expect(steps.contains(step), "\(steps)")
        }
        #expect(program.oomScoreAdjustment == 5)
        // The proc is made before the host's is gone.
        let own = program.steps.map(\.description)
        let made = try #require(own.firstIndex(of: "mount proc"))
        #expect(made < own.firstIndex(of: "enter root") ?? 0)
        #expect(!own.contains { $0.hasPrefix("make device") })
    }

    @Test func `asks and waits where its maker has something to do`() throws {
        let steps = try added { spec, meetings in
            meetings = .init(maker: 0, start: 1, console: 2)
            spec.process?.terminal = true
            spec.hooks = .init(
                createRuntime: [.init(path: "/a")], createContainer: [.init(path: "/b")],
                startContainer: [.init(path: "/c")])
        }
        #expect(
            steps == [
                "place mount on /rootfs", "make terminal", "take terminal", "wait for leave (surroundings)",
                "run hook /b", "wait for start", "run hook /c",
            ], "\(steps)")
    }

    @Test func `does the rest of the specification by a step each`() throws {
        let steps = try added { spec, _ in
            spec.domainname = "example"
            spec.process?.scheduler = .init(policy: "SCHED_IDLE")
            spec.process?.ioPriority = .init(class: "IOPRIO_CLASS_IDLE", priority: 0)
            spec.process?.apparmorProfile = "p"
            spec.process?.selinuxLabel = "l"
            spec.linux?.personality = .init(domain: "LINUX32")
            spec.linux?.memoryPolicy = .init(mode: "MPOL_BIND", nodes: "0")
            spec.linux?.sysctl = ["net.core.somaxconn": "5"]
            spec.linux?.rootfsPropagation = "private"
        }
        #expect(
            steps == [
                "set domain name example", "write 5 to sys/net/core/somaxconn", "change mount", "set personality",
                "set memory policy", "set scheduler", "set I/O priority", "set apparmor label p",
                "set selinux label l",
            ], "\(steps)")
    }

    private static let mistakes: [(String, @Sendable (inout RuntimeSpec) -> Void)] = [
        ("process.scheduler.policy: X is no policy", { $0.process?.scheduler = .init(policy: "X") }),
        (
            "process.ioPriority.priority: 8 is not between 0 and 7",
            { $0.process?.ioPriority = .init(class: "IOPRIO_CLASS_BE", priority: 8) }
        ),
        (
            "linux.personality.domain: BSD is neither LINUX nor LINUX32",
            { $0.linux?.personality = .init(domain: "BSD") }
        ),
        (
            "linux.memoryPolicy.nodes: 1-0 is no list of nodes",
            { $0.linux?.memoryPolicy = .init(mode: "MPOL_BIND", nodes: "1-0") }
        ),
        (
            "mounts[/x].uidMappings: an idmapped mount needs uids and gids to map",
            { $0.mounts?.append(.init(destination: "/x", source: "/y", options: ["bind", "idmap"])) }
        ),
    ]

    @Test(arguments: mistakes)
    func `is not made of what makes no sense`(message: String, change: @Sendable (inout RuntimeSpec) -> Void) {
        let error = #expect(throws: ContainerError.self) { _ = try program { spec, _ in change(&spec) } }
        #expect(error.map { "\($0)" } == message)
    }

    @Test func `comes through the shim's wire unchanged`() throws {
        var program = try program { spec, meetings in
            meetings = .init(maker: 0, start: 1, console: 2)
            spec.process?.terminal = true
            spec.process?.scheduler = .init(policy: "SCHED_FIFO", nice: -3, priority: 9, runtime: 7)
            spec.linux?.namespaces?.append(.init(.time))
            spec.linux?.timeOffsets = ["monotonic": .init(secs: -1, nanosecs: 2)]
            spec.linux?.memoryPolicy = .init(mode: "MPOL_BIND", nodes: "0,70")
            spec.hooks = .init(startContainer: [.init(path: "/c", args: ["c"], env: ["A=b"], timeout: 3)])
        }
        program.steps += [
            .makeUserNamespace(1, uids: [.init(inside: 0, outside: 1, count: 2)], gids: []),
            .mapIDs(1, through: 2, recursive: true), .openPath(1, root: 2, path: "/x"),
            .reconfigure(1, options: [.init("ro")]), .copyUp(1, root: 2, path: "/y"), .setAffinity([3]),
            .setIOPriority(4), .setPersonality(8), .setSecurityLabel(.selinux, label: "l", proc: 3),
            .setSeccompFilter([1, 2], flags: 3, listener: 4), .place(1, path: "/z"), .takeTerminal,
            .meet(1, .seccomp), .checkProgram(arguments: ["a"], environment: ["b"]), .makeMountNamespace,
            .giveStreams(uid: 65536, gid: 65537),
        ]
        var writer = ByteWriter()
        program.encode(to: &writer)
        var reader = ByteReader(writer.bytes)
        #expect(try InitProgram(from: &reader) == program)
        #expect(reader.isAtEnd)
    }
}
