import JSONText
import Linux
import Logging
import ServiceLifecycle
package import SystemPackage

/// Answers the command line on a Unix socket that only root may use.
///
/// A connection carries one ``ControlEnvelope`` and its answer. A client that is slow to ask, stops reading or goes
/// away costs its own connection and nothing else.
package actor ControlSocket: Service {
    /// How long clients may take, and how many there may be.
    package struct Limits: Sendable {
        package var clients = 64
        package var request = Duration.seconds(10)
        package var answer = Duration.seconds(60)
        /// How long one that listened before may take to be gone.
        package var predecessor = Duration.seconds(1)
        /// A request is a few names and paths.
        package var requestBytes = 1 << 20
        package init() {}
    }

    private let path: FilePath
    private let control: NodeControl
    private let limits: Limits
    private var clients = 0

    package init(path: FilePath, control: NodeControl, limits: Limits = Limits()) {
        self.path = path
        self.control = control
        self.limits = limits
    }

    package func run() async throws {
        let listener = try await listen()
        defer { listener.close() }
        await cancelWhenGracefulShutdown { await Self.poller.run { await self.serveClients(of: listener) } }
    }

    /// A command in a container takes about a millisecond: its request is not handed from thread to thread.
    private static let poller = Poller()

    private func serveClients(of listener: Listener) async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let connection = ControlConnection(try await listener.accept())
                    group.addTask { await self.serve(connection) }
                } catch is CancellationError {
                    break
                } catch {
                    // Mostly out of descriptors: others go on, and this may pass.
                    Logger.current.error("Control socket accept failed", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            group.cancelAll()
        }
    }

    /// An agent that was killed may have let go of its directories before it closes its socket.
    private func listen() async throws -> Listener {
        let deadline = ContinuousClock.now + limits.predecessor
        while true {
            do {
                return try Listener(path)
            } catch let error as ControlError where error.code == .conflict && .now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func serve(_ connection: ControlConnection) async {
        clients += 1
        defer { clients -= 1 }
        do {
            let peer = try connection.peer()
            guard peer.uid == 0 else {
                throw ControlError(.failed, "only root may ask the agent, this is user \(peer.uid)")
            }
            guard clients <= limits.clients else {
                throw ControlError(.busy, "the agent already answers \(limits.clients) clients")
            }
            let (request, parser) = try await request(on: connection)
            if case .exec = request {
                try await answer(request, parser, on: connection)
            } else {
                try await Poller.leave { try await answer(request, parser, on: connection) }
            }
        } catch let error as ControlError {
            await fail(error, on: connection)
        } catch is CancellationError {
            await fail(ControlError(.failed, "the agent is shutting down"), on: connection)
        } catch {
            await fail(ControlError(.failed, "\(error)"), on: connection)
        }
    }

    /// The request, and the parser with what the client sent after it.
    private func request(on connection: ControlConnection) async throws -> (ControlRequest, FrameParser) {
        var parser = FrameParser(limit: limits.requestBytes)
        // Mostly it is there already, and no clock has to be set.
        if let frame = try connection.receivePending(&parser) { return (try Self.request(in: frame), parser) }
        let begun = parser
        return try await withTimeout(limits.request, ControlError(.failed, "no request came in time")) {
            var parser = begun
            guard let frame = try await connection.receive(&parser) else { throw ControlError(.failed, "no request") }
            return (try Self.request(in: frame), parser)
        }
    }

    private static func request(in frame: Frame) throws -> ControlRequest {
        guard frame.kind == .request else { throw ControlError(.invalid, "a request must come first") }
        return try decode(frame.payload)
    }

    /// Of another version, the request may be one that this agent does not know: then the version says why.
    static func decode(_ payload: [UInt8]) throws -> ControlRequest {
        struct Version: Codable { var version: Int }
        let json = try JSON(parsing: payload)
        if let command = ExecRequest(in: json) { return .exec(command) }
        let envelope = Result { try JSONReader.read(ControlEnvelope.self, from: json) }
        let version = try (try? envelope.get().version) ?? JSONReader.read(Version.self, from: json).version
        guard version == ControlEnvelope.currentVersion else {
            throw ControlError(
                .version,
                "the agent speaks version \(ControlEnvelope.currentVersion) of the control language, "
                    + "the client version \(version): use the client that came with the agent")
        }
        do {
            return try envelope.get().request
        } catch {
            throw ControlError(.invalid, "the agent does not know this request: \(error)")
        }
    }

    /// Answers until done, or until the client has gone.
    private func answer(
        _ request: ControlRequest, _ parser: FrameParser, on connection: ControlConnection
    ) async throws {
        let limit = limits.answer
        let answer = ControlAnswer(control: control, connection: connection, parser: parser)
        try await withThrowingTaskGroup(of: Void.self) { group in
            // Whoever runs a command goes on speaking; the answer itself listens.
            if !request.isConversation { group.addTask { try await connection.waitForHangup() } }
            group.addTask {
                let result = try await answer.answer(request)
                try await connection.send(
                    Frame(.result, result), within: limit, ControlError(.failed, "the client does not read"))
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Tells the client why, if it still listens.
    private func fail(_ error: ControlError, on connection: ControlConnection) async {
        guard let payload = try? ControlJSON.encode(error) else { return }
        try? await withTimeout(.seconds(1), ControlError(.failed, "the client does not read")) {
            try await connection.send(Frame(.failure, payload))
        }
    }
}

extension ControlSocket {
    /// The socket that is listened on, with its file.
    private final class Listener: Sendable {
        private let socket: UnixSocket
        private let path: FilePath
        private let inode: UInt64?

        init(_ path: FilePath) throws {
            if (try? UnixSocket.connecting(to: path, .stream)) != nil {
                throw ControlError(.conflict, "another agent listens on \(path)")
            }
            try makeDirectories(path.removingLastComponent(), mode: 0o755)
            self.path = path
            socket = try UnixSocket.listening(at: path, .stream)
            inode = try fileStatus(path)?.inode
        }

        func accept() async throws -> UnixSocket { try await socket.accept() }

        /// Takes the file away, unless another agent has put its own there.
        func close() {
            guard let inode, (try? fileStatus(path))?.inode == inode else { return }
            try? removeFile(at: path)
        }
    }
}
