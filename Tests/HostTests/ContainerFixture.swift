import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage

/// A pod by hand: a shim, a pause with namespaces, a layer with busybox.
struct ContainerFixture: Sendable {
    let host: ShimFixture
    var shim: ShimClient { host.shim }

    static func with<R>(_ body: (ContainerFixture) async throws -> R) async throws -> R {
        try await ShimFixture.with { host in
            let fixture = ContainerFixture(host: host)
            try fixture.makeLayer()
            try await fixture.startPause()
            return try await body(fixture)
        }
    }

    private var layer: FilePath { host.directory.appending("layer") }

    private func makeLayer() throws {
        for directory in ["bin", "etc", "root", "tmp", "proc"] { try makeDirectories(layer.appending(directory)) }
        try replaceFile(at: layer.appending("bin/busybox"), with: try readFile(at: "/bin/busybox") ?? [])
        unsafe chmod(layer.appending("bin/busybox").string, 0o755)
        for name in ["sh", "cat", "ls", "sleep", "id", "mount", "stat", "true", "echo", "grep", "head", "yes", "kill"] {
            unsafe symlink("busybox", layer.appending("bin/\(name)").string)
        }
        let users = "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001:web:/home/web:/bin/sh\n"
        try replaceFile(at: layer.appending("etc/passwd"), with: users.utf8)
        try replaceFile(at: layer.appending("etc/group"), with: "root:x:0:\nweb:x:1001:\ndisk:x:6:other,web\n".utf8)
        for file in ["passwd", "group"] { unsafe chmod(layer.appending("etc/\(file)").string, 0o644) }
    }

    private func startPause() async throws {
        var namespaces: [RuntimeSpec.Namespace] = [.init(.mount), .init(.network), .init(.ipc), .init(.uts)]
        namespaces.append(.init(.pid))
        let spec = RuntimeSpec(
            process: .init(args: ["pause"], env: [], capabilities: .init(), noNewPrivileges: true),
            root: .init(path: "/", readonly: true), hostname: "pod", linux: .init(namespaces: namespaces))
        let program = try ShimFixture.products().appending("pause").string
        let container = ContainerSpec(spec: spec, root: .program(program))
        _ = try await shim.start(StartRequest(id: "pause", program: try InitProgram(container)))
    }

    /// What the agent gives an ordinary container, on an overlay over the layer.
    func spec(_ script: String, id: String = "app") throws -> ContainerSpec {
        let upper = host.directory.appending("\(id)-upper")
        let work = host.directory.appending("\(id)-work")
        try makeDirectories(upper)
        try makeDirectories(work)
        let pause = RuntimeSpec.Namespace.ofSandbox
        let capabilities = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_SETUID", "CAP_SETGID"]
        let spec = RuntimeSpec(
            process: .init(
                args: ["sh", "-c", script], env: ["PATH=/bin"], cwd: "/tmp",
                capabilities: .init(bounding: capabilities, effective: capabilities, permitted: capabilities),
                noNewPrivileges: true),
            root: .init(path: "rootfs"), mounts: Self.mounts,
            linux: .init(
                namespaces: [
                    .init(.mount), .init(.pid), .init(.cgroup), .init(.network, path: pause), .init(.ipc, path: pause),
                    .init(.uts, path: pause),
                ],
                maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/scsi", "/sys/firmware", "/proc/nothing-here"],
                readonlyPaths: ["/proc/sys", "/proc/sysrq-trigger"]))
        return ContainerSpec(
            spec: spec,
            root: .overlay(layers: [layer.string], upper: upper.string, work: work.string), sandbox: "pause")
    }

    static let mounts: [RuntimeSpec.Mount] = [
        .init(destination: "/proc", source: "proc", type: "proc", options: ["nosuid", "noexec", "nodev"]),
        .init(destination: "/dev", source: "tmpfs", type: "tmpfs", options: ["nosuid", "strictatime", "mode=755"]),
        .init(
            destination: "/dev/pts", source: "devpts", type: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
        .init(destination: "/dev/mqueue", source: "mqueue", type: "mqueue", options: ["nosuid", "noexec", "nodev"]),
        .init(destination: "/dev/shm", source: "shm", type: "tmpfs", options: ["nosuid", "nodev", "mode=1777"]),
        .init(destination: "/sys", source: "sysfs", type: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
        .init(
            destination: "/sys/fs/cgroup", source: "cgroup", type: "cgroup",
            options: ["nosuid", "noexec", "nodev", "ro"]),
    ]

    /// Starts a container in a cgroup of its own.
    @discardableResult
    func start(_ container: ContainerSpec, id: String = "app") async throws -> Int32 {
        let group = host.cgroup.appending(id)
        try makeDirectories(group)
        let request = StartRequest(
            id: id, program: try InitProgram(container), cgroup: group.string,
            streams: .log(LogTarget(path: host.directory.appending("\(id).log").string)),
            exitRecord: host.directory.appending("\(id).exit").string)
        return try await shim.start(request).pid
    }

    /// Runs a script to its end.
    func run(
        _ script: String, id: String = "app", change: (inout ContainerSpec) throws -> Void = { _ in }
    ) async throws -> (exit: ExitState, lines: [String]) {
        var container = try spec(script, id: id)
        try change(&container)
        try await start(container, id: id)
        let exit = try await shim.wait(id)
        try await shim.remove(id)
        return (exit, try lines(id))
    }

    /// What a container has written, without times and tags.
    func lines(_ id: String = "app") throws -> [String] {
        try host.text(host.directory.appending("\(id).log")).split(separator: "\n")
            .map { String($0.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).last ?? "") }
    }
}
