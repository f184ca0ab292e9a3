import Kubernetes
import Linux
import ServiceLifecycle
import Synchronization
import SystemPackage
import Testing

@testable import Server

private struct Rubbish: Error, CustomStringConvertible { var description: String { "the store is on fire" } }

private func control(pods: @escaping @Sendable (PodName?) async throws -> [PodRecord] = { _ in [] }) -> NodeControl {
    NodeControl(
        status: {
            NodeStatusView(node: "n1", version: "1", pid: 1, startedAt: Time(seconds: 0), root: "/r", state: "/s")
        },
        pods: pods,
        exec: { _, _, _ in throw ControlError(.conflict, "not here") },
        probe: { _, _ in [] },
        debug: { _, _ in throw ControlError(.conflict, "not here") },
        images: { throw Rubbish() },
        pullImage: { reference, progress in
            for step in 0..<50 { progress(PullEvent(layer: "l", step: "downloading", bytesDone: Int64(step))) }
            return ImageView(id: "sha256:1", names: [reference])
        },
        importImages: { _, _ in
            try await Task.sleep(for: .seconds(3600)); return []
        },
        removeImage: { _ in throw ControlError(.conflict, "in use") })
}

/// Serves `control` in a scratch directory while `body` runs.
/// The file is there before anybody listens. Source: `net/unix/af_unix.c`: flag 0x10000 in the fourth field.
private func isListened(on path: FilePath) throws -> Bool {
    String(decoding: try readFile(at: "/proc/net/unix") ?? [], as: UTF8.self).split(separator: "\n").contains {
        let fields = $0.split(separator: " ")
        return fields.last == Substring(path.string) && fields[3] == "00010000"
    }
}

private func serving(
    _ control: NodeControl, limits: ControlSocket.Limits = .init(),
    _ body: @escaping @Sendable (ControlClient) async throws -> Void
) async throws {
    try await withScratch { directory in
        let path = directory.appending("control.sock")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ControlSocket(path: path, control: control, limits: limits).run() }
            while try !isListened(on: path) { try await Task.sleep(for: .milliseconds(2)) }
            try await body(ControlClient(socket: path))
            group.cancelAll()
        }
        #expect(try fileStatus(path) == nil, "the socket is taken away")
    }
}

@Suite struct `The control socket` {
    @Test func `answers, for root only`() async throws {
        try await serving(control(pods: { _ in [PodRecord(object: pod("web-n1", containers: ["app"]))] })) { client in
            let status: NodeStatusView = try await client.ask(.status)
            #expect(status.node == "n1")
            let pods: [PodView] = try await client.ask(.pods(namespace: nil))
            #expect(pods.map(\.name) == ["web-n1"])
            let none: [PodView] = try await client.ask(.pods(namespace: "other"))
            #expect(none.isEmpty)
            let detail: PodDetail = try await client.ask(.pod(PodName(name: "web")))
            #expect(detail.object.kind == "Pod" && detail.object.metadata?.name == "web-n1")
            #expect(try fileStatus(client.socket)?.permissions == 0o600)
        }
    }

    @Test func `tells errors apart`() async throws {
        try await serving(control()) { client in
            await #expect(throws: ControlError(.failed, "the store is on fire")) {
                let _: [ImageView] = try await client.ask(.images)
            }
            await #expect(throws: ControlError(.conflict, "in use")) {
                let _: ImageView = try await client.ask(.removeImage("x"))
            }
        }
    }

    @Test func `reports progress before the result`() async throws {
        try await serving(control()) { client in
            var steps: [Int64] = []
            let image = try await client.ask(.pullImage("busybox"), for: ImageView.self) { steps.append($0.bytesDone) }
            #expect(image.names == ["busybox"])
            #expect(steps == steps.sorted() && steps.last == 49)
        }
    }

    @Test func `serves many at once, beside those that are silent, talk rubbish or vanish`() async throws {
        var limits = ControlSocket.Limits()
        limits.request = .milliseconds(300)
        try await serving(control(), limits: limits) { client in
            let silent = try UnixSocket.connecting(to: client.socket, .stream)
            for rubbish in [
                [UInt8](repeating: 255, count: 4000), Frame(.request, Array("{}".utf8)).encoded,
                [1, 255, 255, 255, 255],
            ] {
                let socket = try UnixSocket.connecting(to: client.socket, .stream)
                try? await socket.writeAll(rubbish)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { let _: NodeStatusView = try await client.ask(.status) }
                }
                try await group.waitForAll()
            }
            let connection = ControlConnection(silent)
            var parser = FrameParser(limit: 1 << 20)
            let answer = try #require(try await connection.receive(&parser))
            #expect(answer.kind == .failure)
            #expect(
                try ControlJSON.decode(ControlError.self, from: answer.payload).message == "no request came in time")
        }
    }

    @Test(arguments: [
        (nil, "Defaulted container \"web\" out of: web, writer\n", "of web\n"), ("writer", "", "of writer\n"),
    ])
    func `takes a pod's first container if none is named, and says so`(
        name: String?, told: String, shown: String
    ) async throws {
        try await withScratch { logs in
            let names = ["web", "writer"]
            for name in names {
                try replaceFile(
                    at: logs.appending(name), with: "2026-01-01T00:00:01Z stdout F of \(name)\n".utf8)
            }
            let statuses = names.map { name in
                var status = ContainerStatus()
                (status.name, status.state) = (name, .isRunning)
                return status
            }
            let record = PodRecord(
                object: pod("web-n1", containers: names, statuses: statuses),
                logs: { .init(current: logs.appending($0)) })
            try await serving(control(pods: { _ in [record] })) { client in
                var (output, errors) = ([UInt8](), [UInt8]())
                let _: Done = try await client.ask(
                    .logs(LogRequest(pod: PodName(name: "web"), container: name)), onData: { output += $0 },
                    onErrors: { errors += $0 })
                #expect(String(decoding: output, as: UTF8.self) == shown)
                #expect(String(decoding: errors, as: UTF8.self) == told)

                let ofExec = Mutex<[UInt8]>([])
                let order = ExecRequest(pod: PodName(name: "web"), container: name, command: ["true"])
                await #expect(throws: ControlError(.conflict, "not here")) {
                    try await client.exec(
                        .exec(order), feed: { _ in }, onOutput: { _ in },
                        onErrors: { bytes in ofExec.withLock { $0 += bytes } })
                }
                #expect(ofExec.withLock { String(decoding: $0, as: UTF8.self) } == told)
            }
        }
    }

    @Test func `gives up an order when its client goes`() async throws {
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        var slow = control()
        slow.importImages = { _, _ in
            defer { end.yield() }
            try await Task.sleep(for: .seconds(3600))
            return []
        }
        try await serving(slow) { client in
            do {
                let socket = try UnixSocket.connecting(to: client.socket, .stream)
                let order = try ControlJSON.encode(ControlEnvelope(.importImages(path: "/x")))
                try await socket.writeAll(Frame(.request, order).encoded)
                try await Task.sleep(for: .milliseconds(20))
            }
            var iterator = ended.makeAsyncIterator()
            await iterator.next()
        }
    }

    @Test func `refuses one client more than it serves`() async throws {
        var limits = ControlSocket.Limits()
        limits.clients = 1
        try await serving(control(), limits: limits) { client in
            let first = try UnixSocket.connecting(to: client.socket, .stream)
            try await Task.sleep(for: .milliseconds(20))
            let error = await #expect(throws: ControlError.self) {
                let _: NodeStatusView = try await client.ask(.status)
            }
            #expect(error?.code == .busy)
            _ = first.borrow { $0 }
        }
    }

    @Test func `that nobody listens on says so`() async throws {
        try await withScratch { directory in
            let path = directory.appending("control.sock")
            let client = ControlClient(socket: path)
            await #expect(throws: ControlClient.Failure.noAgent(path)) {
                let _: NodeStatusView = try await client.ask(.status)
            }
            do { _ = try UnixSocket.listening(at: path, .stream) }
            await #expect(throws: ControlClient.Failure.noAgent(path)) {
                let _: NodeStatusView = try await client.ask(.status)
            }
        }
    }

    @Test func `of a running agent is not taken over, and one left by a dead agent is`() async throws {
        try await serving(control()) { client in
            await #expect(throws: ControlError(.conflict, "another agent listens on \(client.socket)")) {
                try await ControlSocket(path: client.socket, control: control()).run()
            }
            let status: NodeStatusView = try await client.ask(.status)
            #expect(status.node == "n1")
        }
    }

    @Test func `follows a log through a rotation until the container ends`() async throws {
        try await withScratch { logs in
            let file = logs.appending("0.log")
            try replaceFile(at: file, with: "2026-01-01T00:00:01Z stdout F one\n".utf8)
            let running = Flag()
            let served = control(pods: { _ in
                var status = ContainerStatus()
                (status.name, status.state) = ("app", await running.isSet ? .isRunning : .ended(0))
                let object = pod("web-n1", containers: ["app"], statuses: [status])
                return [PodRecord(object: object, logs: { _ in .init(current: file) })]
            })
            try await serving(served) { client in
                var request = LogRequest(pod: PodName(name: "web"))
                request.follow = true
                let (chunks, sink) = AsyncStream.makeStream(of: [UInt8].self)
                let order = request
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        defer { sink.finish() }
                        let _: Done = try await client.ask(.logs(order), onData: { sink.yield($0) })
                    }
                    var seen = ""
                    for await chunk in chunks {
                        seen += String(decoding: chunk, as: UTF8.self)
                        if seen == "one\n" {
                            try rename(file, to: logs.appending("0.log.20260101-000000"))
                            try replaceFile(at: file, with: "2026-01-01T00:00:01Z stdout F two\n".utf8)
                        } else if seen == "one\ntwo\n" {
                            await running.clear()
                        }
                    }
                    #expect(seen == "one\ntwo\n")
                    try await group.waitForAll()
                }
            }
        }
    }
}

private actor Flag {
    private(set) var isSet = true
    func clear() { isSet = false }
}
