import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

/// Figures, with `SWIFTLET_BENCH=1` and release products in `SWIFTLET_PRODUCTS`. Not a test of right and wrong.
@Suite(.enabled(if: unsafe getenv("SWIFTLET_BENCH") != nil, "prints figures when SWIFTLET_BENCH is set"), .serialized)
struct `Figures of the shim` {
    @Test func `start of a container, request to exec, and to exit`() async throws {
        try await ContainerFixture.with { fixture in
            var toExec: [Duration] = []
            var toExit: [Duration] = []
            let clock = ContinuousClock()
            var container = try fixture.spec("true")
            container.spec.process?.args = ["/bin/true"]
            let program = try InitProgram(container)
            let group = fixture.host.cgroup.appending("app")
            try makeDirectories(group)
            for n in 0..<500 {
                let request = StartRequest(
                    id: "c", program: program, cgroup: group.string,
                    streams: .log(LogTarget(path: fixture.host.directory.appending("log").string)),
                    exitRecord: fixture.host.directory.appending("exit").string)
                let start = clock.now
                _ = try await fixture.shim.start(request)
                let executed = clock.now
                _ = try await fixture.shim.wait("c")
                if n >= 50 {
                    toExec.append(executed - start)
                    toExit.append(clock.now - start)
                }
                try await fixture.shim.remove("c")
            }
            for (name, times) in [("request to exec", toExec.sorted()), ("request to exit", toExit.sorted())] {
                print("\(name): p50 \(times[times.count / 2]) p99 \(times[times.count * 99 / 100])")
            }
        }
    }

    @Test func `memory of pause and shim`() async throws {
        try await ContainerFixture.with { fixture in
            var sockets: [FilePath] = []
            var kilobytes = (pause: 0, shim: 0)
            let program = try ShimFixture.products().appending("pause").string
            let count = 50
            for n in 0..<count {
                let socket = fixture.host.directory.appending("s\(n)")
                sockets.append(socket)
                _ = try await fixture.host.zygote.forkShim(socket: socket, cgroup: nil, name: "shim-bench")
                let pause = ContainerSpec(
                    spec: .init(
                        process: .init(args: ["pause"]),
                        linux: .init(namespaces: [.init(.mount), .init(.pid), .init(.ipc)])),
                    root: .program(program))
                _ = try await ShimClient(socket: socket).start(
                    StartRequest(id: "pause", program: try InitProgram(pause)))
                // A container that has been there leaves its marks on the shim's memory.
                let shim = ShimClient(socket: socket)
                let log = LogTarget(path: fixture.host.directory.appending("log").string)
                _ = try await shim.start(fixture.host.command("a", ["sh", "-c", "seq 1 100; sleep 1000"], log: log))
            }
            for socket in sockets {
                let shim = ShimClient(socket: socket)
                let pause = try await shim.open("pause")
                kilobytes.pause += try pss(of: pause.pid)
                kilobytes.shim += try pss(of: try ProcessStat(pid: pause.pid).parent)
            }
            print("PSS: pause \(kilobytes.pause / count) kB, shim \(kilobytes.shim / count) kB")
            for socket in sockets {
                let shim = ShimClient(socket: socket)
                for id in ["pause", "a"] {
                    try await shim.signal(id, SIGKILL)
                    _ = try await shim.wait(id)
                }
                try await shim.shutdown()
            }
        }
    }

    private func pss(of pid: Int32) throws -> Int {
        let text = String(decoding: try readFile(at: FilePath("/proc/\(pid)/smaps_rollup")) ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}
