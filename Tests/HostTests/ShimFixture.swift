import Cgroups
import Glibc
import Linux
import Shim
import SystemPackage
import Testing

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

    /// Makes everything, lends it, and removes it again whatever went wrong on the way.
    static func with<R>(_ body: (ShimFixture) async throws -> R) async throws -> R {
        let directory = FilePath("/tmp/swiftlet-host-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        try makeDirectories(directory)
        let mount = try Mount.filesystem("cgroup2", options: [])
        let path = "/proc/\(getpid())/fd/\(mount.borrow { $0.rawValue })/\(directory.lastComponent?.string ?? "test")"
        let cgroup = FilePath(path)
        let zygote = Zygote(executable: try products().appending("swiftlet-shim"))
        var failure: (any Error)?
        var value: R?
        do {
            try makeDirectories(cgroup)
            value = try await run(body, in: directory, cgroup, zygote)
        } catch {
            failure = error
        }
        // Each of these is tried, and the first error told: one that fails must not hide what the next leaves.
        do { try await zygote.stop() } catch { failure = failure ?? error }
        do { try await Cgroup(path: cgroup).remove(timeout: .seconds(60)) } catch { failure = failure ?? error }
        do { try removeTree(at: directory) } catch { failure = failure ?? error }
        _ = mount.borrow { $0 }
        if let failure { throw failure }
        return try #require(value)
    }

    private static func run<R>(
        _ body: (ShimFixture) async throws -> R, in directory: FilePath, _ cgroup: FilePath, _ zygote: Zygote
    ) async throws -> R {
        let socket = directory.appending("shim.sock")
        let started = try await zygote.forkShim(socket: socket, cgroup: nil, name: "shim-test")
        let fixture = ShimFixture(
            directory: directory, zygote: zygote, shim: ShimClient(socket: socket), shimPID: started.pid, cgroup: cgroup
        )
        let result: Result<R, any Error>
        do { result = .success(try await body(fixture)) } catch { result = .failure(error) }
        try await fixture.end(started.process)
        return try result.get()
    }

    private func end(_ process: borrowing PidFD) async throws {
        try Cgroup(path: cgroup).kill()
        for state in (try? await shim.list()) ?? [] {
            try? await shim.signal(state.id, SIGKILL)
            _ = try? await shim.wait(state.id)
        }
        do { try await shim.shutdown() } catch { try process.send(SIGKILL) }
        try await process.ended()
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
