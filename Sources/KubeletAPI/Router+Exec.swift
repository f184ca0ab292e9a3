import Kubernetes
import Linux
import NIOHTTP1
import Server

extension Router {
    func exec(_ request: Request, _ rest: [String]) async throws -> Answer {
        let options = try RemoteCommandOptions(request.query)
        let (uid, container) = try await container(rest)
        let control = control
        let command = RemoteCommand(options) { options in
            var request = ExecRequest(pod: PodName(name: uid), container: container, command: options.command)
            request.hasInput = options.hasInput
            // The client tells the size when it knows it.
            if options.hasTerminal { request.terminal = TerminalSize(rows: 24, columns: 80) }
            return try await control.exec(uid, container, request)
        }
        return try stream(command, request)
    }

    /// The UID of the pod and the name of its container that a path names: `NAMESPACE/POD[/UID]/CONTAINER`.
    private func container(_ rest: [String]) async throws -> (uid: String, container: String) {
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

    private func stream(_ command: RemoteCommand, _ request: Request) throws -> Answer {
        let known = WebSocketLanguage.allCases
        let language = WebSocketLanguage.negotiated(request.webSocketProtocols, of: known)
        let timeout = settings.streamIdleTimeout
        return try WebSocket.upgrade(request, to: language?.rawValue, supported: known.map(\.rawValue)) {
            reader, wire in
            guard let language else { return }
            try await WebSocketCommand(language: language, command: command, idleTimeout: timeout).converse(
                &reader, wire)
        }
    }
}
