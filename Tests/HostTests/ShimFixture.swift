import Glibc
import Linux
import Shim
import SystemPackage

/// A zygote, a shim and a cgroup of a test's own. Nothing of it is left after `body`.
struct ShimFixture: Sendable {
    let directory: FilePath
    let zygote: Zygote
    let shim: ShimClient
    let shimPID: Int32
    /// A cgroup below a cgroup2 mount that is attached nowhere: reached through a descriptor of this process.
    let cgroup: FilePath

    static func products() throws -> FilePath {
        if let path = unsafe getenv("SWIFTLET_PRODUCTS") { return FilePath(unsafe String(cString: path)) }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw Errno.noSuchFileOrDirectory }
        let path = FilePath(String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self))
        return path.removingLastComponent()
    }

    static func with<R>(_ body: (ShimFixture) async throws -> R) async throws -> R {
        let directory = FilePath("/tmp/swiftlet-host-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        try makeDirectories(directory)
        let mount = try Mount.filesystem("cgroup2", options: []).release()
        let cgroup = FilePath("/proc/\(getpid())/fd/\(mount.rawValue)/\(directory.lastComponent?.string ?? "test")")
        try makeDirectories(cgroup)
        let zygote = Zygote(executable: try products().appending("swiftlet-shim"))
        let socket = directory.appending("shim.sock")
        let started = try await zygote.forkShim(socket: socket, cgroup: nil, name: "shim-test")
        let fixture = ShimFixture(
            directory: directory, zygote: zygote, shim: ShimClient(socket: socket), shimPID: started.pid, cgroup: cgroup
        )
        let result: Result<R, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        try await fixture.end(started.process)
        try mount.close()
        return try result.get()
    }

    private func end(_ process: borrowing PidFD) async throws {
        if let file = try? openFile(cgroup.appending("cgroup.kill"), .writeOnly) {
            try file.borrow { _ = try $0.writeAll("1".utf8) }
        }
        for state in (try? await shim.list()) ?? [] {
            try? await shim.signal(state.id, SIGKILL)
            _ = try? await shim.wait(state.id)
        }
        do { try await shim.shutdown() } catch { try process.send(SIGKILL) }
        try await process.ended()
        try await zygote.stop()
        for name in try directoryEntries(cgroup) {
            if try fileStatus(cgroup.appending(name))?.kind == .directory { try remove(cgroup.appending(name)) }
        }
        try remove(cgroup)
        try removeTree(at: directory)
    }

    /// A cgroup is free a moment after its last process has been reaped.
    private func remove(_ cgroup: FilePath) throws {
        for _ in 0..<1000 where unsafe rmdir(cgroup.string) != 0 && errno == EBUSY { usleep(1000) }
    }

    /// A command of the host's busybox in the host's own root.
    func command(
        _ id: String, _ arguments: [String], cgroup: String? = nil, log: LogTarget? = nil,
        before: [InitProgram.Step] = []
    ) -> StartRequest {
        StartRequest(
            id: id,
            program: InitProgram(
                steps: before + [.execute(arguments: ["/bin/busybox"] + arguments, environment: ["PATH=/bin"])]),
            cgroup: cgroup, streams: log.map { .log($0) } ?? .null,
            exitRecord: directory.appending("\(id).exit").string)
    }

    func text(_ path: FilePath) throws -> String {
        String(decoding: try readFile(at: path) ?? [], as: UTF8.self)
    }
}
