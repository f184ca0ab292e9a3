import Linux
package import SystemPackage

/// Asks the running agent over its control socket.
package struct ControlClient: Sendable {
    /// Why no agent could be asked.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// Nobody listens.
        case noAgent(FilePath)
        case notPermitted(FilePath)
        /// The agent went away before it had answered.
        case interrupted(FilePath)

        package var description: String {
            switch self {
            case .noAgent(let path): "no agent listens on \(path)"
            case .notPermitted(let path): "\(path) is for root only"
            case .interrupted(let path): "the agent at \(path) went away before it had answered"
            }
        }
    }

    package let socket: FilePath

    package init(socket: FilePath) { self.socket = socket }

    /// Sends one request and returns its result; events, data and what is said beside it are handed over as they come.
    package func ask<Answer: Decodable>(
        _ request: ControlRequest, for type: Answer.Type = Answer.self,
        onEvent: (PullEvent) throws -> Void = { _ in }, onData: ([UInt8]) throws -> Void = { _ in },
        onErrors: ([UInt8]) throws -> Void = { _ in }
    ) async throws -> Answer {
        let connection = ControlConnection(try connect())
        // An agent that refuses may close before it has read: its reason is then still there to be read.
        try? await connection.send(Frame(.request, try ControlJSON.encode(ControlEnvelope(request))))
        var parser = FrameParser(limit: 64 << 20)
        while let frame = try await connection.receive(&parser) {
            switch frame.kind {
            case .event: try onEvent(ControlJSON.decode(PullEvent.self, from: frame.payload))
            case .data: try onData(frame.payload)
            case .errors: try onErrors(frame.payload)
            case .result: return try ControlJSON.decode(type, from: frame.payload)
            case .failure: throw try ControlJSON.decode(ControlError.self, from: frame.payload)
            case .request, .input, .size:
                throw ControlError(.failed, "the agent answers what was not asked")
            }
        }
        throw Failure.interrupted(socket)
    }

    /// Runs a command in a container, as the request says. `feed` sends input and sizes as frames while the answer comes; it is cancelled
    /// at the end.
    package func exec(
        _ request: ControlRequest, feed: @escaping @Sendable (ControlConnection) async throws -> Void,
        onOutput: @escaping @Sendable ([UInt8]) -> Void, onErrors: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> ProcessEnd {
        let connection = ControlConnection(try connect())
        try? await connection.send(Frame(.request, try ControlJSON.encode(ControlEnvelope(request))))
        let socket = socket
        return try await withThrowingTaskGroup(of: ProcessEnd?.self) { group in
            group.addTask {
                // An agent that has answered takes no more: that is no error.
                try? await feed(connection)
                return nil
            }
            group.addTask {
                var parser = FrameParser(limit: 64 << 20)
                while let frame = try await connection.receive(&parser) {
                    switch frame.kind {
                    case .data: onOutput(frame.payload)
                    case .errors: onErrors(frame.payload)
                    case .result: return try ControlJSON.decode(ProcessEnd.self, from: frame.payload)
                    case .failure: throw try ControlJSON.decode(ControlError.self, from: frame.payload)
                    case .event, .request, .input, .size:
                        throw ControlError(.failed, "the agent answers what was not asked")
                    }
                }
                throw Failure.interrupted(socket)
            }
            defer { group.cancelAll() }
            while let end = try await group.next() { if let end { return end } }
            throw Failure.interrupted(socket)
        }
    }

    private func connect() throws -> UnixSocket {
        do {
            return try UnixSocket.connecting(to: socket, .stream)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .connectionRefused, .notDirectory: throw Failure.noAgent(socket)
            case .permissionDenied, .notPermitted: throw Failure.notPermitted(socket)
            default: throw error
            }
        }
    }
}
