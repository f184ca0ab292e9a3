import Kubernetes
import Linux
import NIOHTTP1
import Server

extension Router {
    func exec(_ request: Request, _ rest: [String]) async throws -> Answer {
        let options = try RemoteCommandOptions(request.query)
        let (uid, container) = try await container(rest)
        let control = control
        let command = RemoteCommand(options, failure: "error executing command in container") { options in
            var request = ExecRequest(pod: PodName(name: uid), container: container, command: options.command)
            request.hasInput = options.hasInput
            // The client tells the size when it knows it.
            if options.hasTerminal { request.terminal = TerminalSize(rows: 24, columns: 80) }
            return try await control.exec(uid, container, request)
        }
        return try stream(command, request)
    }

    func attach(_ request: Request, _ rest: [String]) async throws -> Answer {
        let options = try RemoteCommandOptions(request.query)
        let (uid, container) = try await container(rest)
        let control = control
        let command = RemoteCommand(options, failure: "error attaching to container") { _ in
            try await control.attach(uid, container)
        }
        return try stream(command, request)
    }

    /// Runs a command to its end, and gives all that it wrote.
    func run(_ request: Request, _ rest: [String]) async throws -> Answer {
        let (uid, container) = try await container(rest)
        let words = (request.query["cmd"] ?? "").split(separator: " ").map(String.init)
        guard !words.isEmpty else { throw Refusal(.internalServerError, "no command is given") }
        let session = try await control.exec(
            uid, container, ExecRequest(pod: PodName(name: uid), container: container, command: words))
        let output = Collected(limit: 16 << 20)
        let relay = ExecRelay(
            session, send: { _, bytes in try await output.add(bytes) },
            takeInput: { _ in try await Task.sleep(for: .seconds(Int32.max)) })
        let code = try await relay.run().code
        let bytes = await output.bytes
        guard code == 0 else {
            return .text(
                "command '\(words.joined(separator: " "))' exited with \(code): "
                    + String(decoding: bytes, as: UTF8.self), .internalServerError)
        }
        return Answer(.ok, type: Answer.plain, .bytes(bytes))
    }

    func forwardPorts(_ request: Request, _ rest: [String]) async throws -> Answer {
        guard rest.count == 2 || rest.count == 3 else { throw Refusal.notFound }
        guard let record = try await pod(rest[0], rest[1], uid: rest.count == 3 ? rest[2] : nil),
            let uid = record.object.metadata?.uid
        else { throw Refusal(.notFound, "pod does not exist") }
        let (name, settings, control) = ("\(rest[1])_\(rest[0])", settings, control)
        let spdy = { @Sendable (isTunnelled: Bool) in
            SPDYPortForward(
                pod: name, uid: uid, isTunnelled: isTunnelled, idleTimeout: settings.streamIdleTimeout,
                creationTimeout: settings.streamCreationTimeout, dial: { try await control.dial(uid, $0) })
        }
        guard request.asks(for: "websocket") else {
            return try SPDYUpgrade.answer(request, supported: [SPDYPortForward.version]) { _ in
                { try await spdy(false).converse(&$0, $1) }
            }
        }
        if request.webSocketProtocols.contains(SPDYPortForward.tunnel) {
            return try WebSocket.upgrade(request, to: SPDYPortForward.tunnel, supported: []) {
                try await spdy(true).converse(&$0, $1)
            }
        }
        let known = WebSocketPortForward.languages
        let ports = try WebSocketPortForward.ports(request.query)
        let language = WebSocketLanguage.negotiated(request.webSocketProtocols, of: known)
        return try WebSocket.upgrade(request, to: language?.rawValue, supported: known.map(\.rawValue)) {
            guard let language else { return }
            try await WebSocketPortForward(
                pod: name, uid: uid, ports: ports, language: language, idleTimeout: settings.streamIdleTimeout,
                dial: { try await control.dial(uid, $0) }
            ).converse(&$0, $1)
        }
    }

    /// The UID of the pod and the name of its container that a path names: `NAMESPACE/POD[/UID]/CONTAINER`.
    func container(_ rest: [String]) async throws -> (uid: String, container: String) {
        guard rest.count == 3 || rest.count == 4 else { throw Refusal.notFound }
        guard let record = try await pod(rest[0], rest[1], uid: rest.count == 4 ? rest[2] : nil),
            let uid = record.object.metadata?.uid
        else { throw Refusal(.notFound, "pod does not exist") }
        let container = rest[rest.count - 1]
        guard record.hasContainer(container) else {
            throw Refusal(.internalServerError, "container not found (\"\(container)\")")
        }
        return (uid, container)
    }

    func stream(_ command: RemoteCommand, _ request: Request) throws -> Answer {
        let (idle, creation) = (settings.streamIdleTimeout, settings.streamCreationTimeout)
        guard request.asks(for: "websocket") else {
            return try SPDYUpgrade.answer(request, supported: SPDYCommand.versions) { version in
                let session = SPDYCommand(
                    version: version, command: command, idleTimeout: idle, creationTimeout: creation)
                return { try await session.converse(&$0, $1) }
            }
        }
        let known = WebSocketLanguage.allCases
        let language = WebSocketLanguage.negotiated(request.webSocketProtocols, of: known)
        return try WebSocket.upgrade(request, to: language?.rawValue, supported: known.map(\.rawValue)) {
            guard let language else { return }
            try await WebSocketCommand(language: language, command: command, idleTimeout: idle).converse(&$0, $1)
        }
    }
}

/// What a command has written, so much at most.
private actor Collected {
    private(set) var bytes: [UInt8] = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func add(_ more: [UInt8]) throws {
        guard bytes.count + more.count <= limit else {
            throw Refusal(.internalServerError, "the command writes more than \(limit) bytes")
        }
        bytes += more
    }
}
