import Kubernetes

/// Answers one request on one connection.
struct ControlAnswer: Sendable {
    let control: NodeControl
    let connection: ControlConnection
    /// Holds what the client has sent after its request.
    let parser: FrameParser

    /// The result as JSON; events and data are sent on the way.
    func answer(_ request: ControlRequest) async throws -> [UInt8] {
        switch request {
        case .status:
            return try ControlJSON.encode(try await control.status())
        case .pods(let namespace):
            let views = try await control.pods(nil).map { PodView($0.object) }
            let chosen = views.filter { namespace == nil || $0.namespace == namespace }
            return try ControlJSON.encode(chosen.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
        case .pod(let name):
            return try ControlJSON.encode(await PodDetail(try await find(name)))
        case .logs(let request):
            try await sendLog(request)
            return try ControlJSON.encode(Done())
        case .exec(let request):
            return try await run(request).encoded
        case .probe(let request):
            let pod = PodView(try await find(request.pod).object)
            if let container = request.container { _ = try pod.container(named: container) }
            return try ControlJSON.encode(try await control.probe(pod.uid, request))
        case .debug(let request):
            return try await look(request)
        case .images:
            return try ControlJSON.encode(try await control.images())
        case .pullImage(let reference):
            return try await ControlJSON.encode(reporting { try await control.pullImage(reference, $0) })
        case .importImages(let path):
            return try await ControlJSON.encode(reporting { try await control.importImages(path, $0) })
        case .removeImage(let reference):
            return try ControlJSON.encode(try await control.removeImage(reference))
        }
    }

    private func find(_ name: PodName) async throws -> PodRecord {
        do {
            return try name.find(in: try await control.pods(name)) { PodView(namesOf: $0.object) }
        } catch let error as ControlError where error.code == .notFound {
            // What others there are tells what was meant.
            return try name.find(in: try await control.pods(nil)) { PodView(namesOf: $0.object) }
        }
    }

    private func run(_ request: ExecRequest) async throws -> ProcessEnd {
        let pod = PodView(containersOf: try await find(request.pod).object)
        let container = try pod.container(named: request.container)
        try await tell(pod.defaulted(from: request.container), end: request.terminal == nil ? "\n" : "\r\n")
        guard container.state.kind == .running else {
            throw ControlError(.conflict, "container \"\(container.name)\" in pod \"\(pod.name)\" is not running")
        }
        let session = try await control.exec(pod.uid, container.name, request)
        return try await ExecRelay.run(session, on: connection, parser)
    }

    /// Tells the caller something beside the answer.
    private func tell(_ text: String?, end: String = "\n") async throws {
        if let text { try await connection.send(Frame(.errors, Array((text + end).utf8))) }
    }

    private func look(_ request: DebugRequest) async throws -> [UInt8] {
        let pod = PodView(try await find(request.pod).object)
        let debug = try await control.debug(pod.uid, request)
        guard let session = debug.session else {
            return try ControlJSON.encode(DebugContainer(pod: pod.name, container: debug.container))
        }
        return try ControlJSON.encode(
            try await ExecRelay.run(session, on: connection, parser))
    }

    private func sendLog(_ request: LogRequest) async throws {
        let record = try await find(request.pod)
        try await tell(PodView(record.object).defaulted(from: request.container))
        let selection = try LogSelection(request, in: record)
        let uid = record.object.metadata?.uid
        let stream = LogStream(request, file: selection.file)
        let (control, connection) = (control, connection)
        try await stream.run(
            isRunning: {
                // By uid: a pod of the same name that came after is another.
                guard let now = try await control.pods(request.pod).first(where: { $0.object.metadata?.uid == uid }),
                    let selected = try? LogSelection(request, in: now)
                else { return false }
                return selected.isRunning && selected.file == selection.file
            },
            emit: { try await connection.send(Frame(.data, $0)) })
    }

    /// Runs an order and sends its progress meanwhile. A client that reads slowly misses steps, never the end.
    private func reporting<R: Sendable>(
        _ order: @escaping @Sendable (@escaping NodeControl.Progress) async throws -> R
    ) async throws -> R {
        let (events, sink) = AsyncStream.makeStream(of: PullEvent.self, bufferingPolicy: .bufferingNewest(256))
        let connection = connection
        return try await withThrowingTaskGroup(of: R?.self) { group in
            group.addTask {
                for await event in events { try await connection.send(Frame(.event, ControlJSON.encode(event))) }
                return nil
            }
            group.addTask {
                defer { sink.finish() }
                return try await order { sink.yield($0) }
            }
            var result: R?
            while let value = try await group.next() { result = value ?? result }
            guard let result else { throw CancellationError() }
            return result
        }
    }
}
