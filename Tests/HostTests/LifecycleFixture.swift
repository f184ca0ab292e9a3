import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

/// A container as an OCI runtime makes it: a bundle, a maker that the process meets, a start that it waits for.
struct LifecycleFixture: Sendable {
    let host: ShimFixture
    var shim: ShimClient { host.shim }
    var rootfs: FilePath { host.directory.appending("rootfs") }
    private var startSocket: FilePath { host.directory.appending("start.sock") }

    static func with<R>(_ body: (LifecycleFixture) async throws -> R) async throws -> R {
        try await ShimFixture.with { host in
            let fixture = LifecycleFixture(host: host)
            try fixture.makeRoot()
            return try await body(fixture)
        }
    }

    /// Owned by root; `chown` gives it to the root of a user namespace.
    private func makeRoot() throws {
        unsafe chmod(host.directory.string, 0o755)
        for name in ["bin", "etc", "tmp", "proc", "sys", "dev", "data", "data/deep"] {
            try makeDirectories(rootfs.appending(name))
        }
        try replaceFile(at: rootfs.appending("bin/busybox"), with: try readFile(at: "/bin/busybox") ?? [])
        unsafe chmod(rootfs.appending("bin/busybox").string, 0o755)
        for name in ["sh", "cat", "ls", "id", "mount", "stat", "true", "echo", "grep", "sleep", "test", "tty", "stty"] {
            unsafe symlink("busybox", rootfs.appending("bin/\(name)").string)
        }
        try replaceFile(at: rootfs.appending("data/file"), with: "below\n".utf8)
    }

    func giveRoot(to id: UInt32) {
        for name in ["", "bin", "etc", "tmp", "proc", "sys", "dev", "data", "data/deep", "data/file", "bin/busybox"] {
            unsafe chown(rootfs.appending(name).string, id, id)
        }
    }

    func spec(_ script: String) -> RuntimeSpec {
        let all = Capabilities.all.names
        return RuntimeSpec(
            process: .init(
                args: ["sh", "-c", script], env: ["PATH=/bin"], cwd: "/",
                capabilities: .init(bounding: all, effective: all, permitted: all)),
            root: .init(path: rootfs.string), hostname: "box",
            mounts: [
                .init(destination: "/proc", source: "proc", type: "proc"),
                .init(destination: "/dev", source: "tmpfs", type: "tmpfs", options: ["nosuid", "mode=755"]),
                .init(
                    destination: "/dev/pts", source: "devpts", type: "devpts",
                    options: ["newinstance", "ptmxmode=0666", "mode=0620"]),
                .init(destination: "/sys", source: "sysfs", type: "sysfs", options: ["ro"]),
            ],
            linux: .init(
                namespaces: [.init(.mount), .init(.pid), .init(.network), .init(.ipc), .init(.uts), .init(.cgroup)]))
    }

    /// What a run of a container was, up to its end.
    struct Run {
        var exit: ExitState
        var lines: [String]
        var warnings: [String]
    }

    /// Makes a container, meets its process, starts it, waits for its end.
    ///
    /// - Parameters:
    ///   - console: the socket for the terminal's master; it belongs to the run.
    ///   - atSurroundings: what the maker does when the process asks; it gets the process' number.
    ///   - onListener: gets the listener of the seccomp filter.
    func run(
        _ spec: RuntimeSpec, console: FileDescriptor? = nil,
        atSurroundings: @escaping @Sendable (Int32) throws -> Void = { _ in },
        onListener: @escaping @Sendable (FileDescriptor) throws -> Void = { _ in }
    ) async throws -> Run {
        try spec.validate()
        let ends = try UnixSocket.pair().release()
        let listener = try UnixSocket.listening(at: startSocket, .packets).release()
        defer { try? ends.near.close() }
        var container = ContainerSpec(spec: spec, bundle: host.directory.string)
        if let profile = spec.linux?.seccomp { container.seccompFilter = try SeccompFilter(compiling: profile) }
        container.meetings = .init(maker: 0, start: 1, console: console.map { _ in 2 })
        var warnings: [String] = []
        let request = StartRequest(
            id: "box", program: try InitProgram(container, warnings: &warnings),
            streams: .log(LogTarget(path: host.directory.appending("box.log").string)),
            exitRecord: host.directory.appending("box.exit").string)
        let descriptors = [ends.far, listener] + [console].compactMap(\.self)
        async let creating = create(request, descriptors)
        // What the request carries belongs to the process: open here as well, it would hide that the process is gone.
        try await Task.sleep(for: .milliseconds(20))
        for fd in descriptors { try fd.close() }
        let isHeard = spec.linux?.seccomp?.listensForCalls ?? false
        let maker = ends.near
        let heard: (@Sendable (FileDescriptor) throws -> Void)? = isHeard ? onListener : nil
        try await onOwnThread {
            try self.meet(maker, atSurroundings, heard)
        }
        warnings += try await creating
        try await start()
        let exit = try await shim.wait("box")
        try await shim.remove("box")
        return Run(exit: exit, lines: try lines(), warnings: warnings)
    }

    /// What was left out.
    private func create(_ request: StartRequest, _ descriptors: [FileDescriptor]) async throws -> [String] {
        try await shim.start(request, descriptors: descriptors).warnings
    }

    private func meet(
        _ socket: FileDescriptor, _ atSurroundings: (Int32) throws -> Void,
        _ onListener: ((FileDescriptor) throws -> Void)?
    ) throws {
        while true {
            guard let packet = try socket.receivePacket(limit: 64) else { return }
            if packet.bytes == [InitProgram.Stage.seccomp.rawValue] {
                for fd in packet.takeDescriptors() {
                    defer { try? fd.close() }
                    try onListener?(fd)
                }
                return
            }
            let children = try host.text(FilePath("/proc/\(host.shimPID)/task/\(host.shimPID)/children"))
            try atSurroundings(children.split(separator: " ").compactMap { Int32($0) }.last ?? 0)
            try socket.sendPacket(Array(#"{"status":"creating"}"#.utf8))
            if onListener == nil { return }
        }
    }

    private func start() async throws {
        let socket = try UnixSocket.connecting(to: startSocket, .packets)
        try await socket.send(Array(#"{"status":"created"}"#.utf8))
        if let said = try await socket.receivePacket() {
            throw Refused(text: String(decoding: said.bytes.dropFirst(9), as: UTF8.self))
        }
    }

    /// Where a link of `/proc` leads.
    static func target(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = unsafe readlink(path, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    struct Refused: Error { let text: String }

    func lines() throws -> [String] {
        try host.text(host.directory.appending("box.log")).split(separator: "\n")
            .map { String($0.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).last ?? "") }
    }
}
