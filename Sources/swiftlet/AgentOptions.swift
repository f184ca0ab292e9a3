import ArgumentParser
import FoundationEssentials
import Server
import SystemPackage

/// Where the agent keeps its state, and so where it listens.
struct AgentOptions: ParsableArguments {
    static let defaultStateDirectory = "/run/swiftlet"

    @Option(
        help: ArgumentHelp(
            "Directory of the agent's running state (default: $SWIFTLET_STATE_DIR, or \(defaultStateDirectory)).",
            valueName: "directory"),
        completion: .directory)
    var stateDir: String?

    var stateDirectory: FilePath {
        let variable = ProcessInfo.processInfo.environment["SWIFTLET_STATE_DIR"].flatMap { $0.isEmpty ? nil : $0 }
        return FilePath(stateDir ?? variable ?? Self.defaultStateDirectory)
    }

    var client: ControlClient { ControlClient(socket: stateDirectory.appending("control.sock")) }

    /// Asks the agent. If that fails, says why on standard error and ends with the code that stands for it.
    func ask<Answer: Decodable>(
        _ request: ControlRequest, for type: Answer.Type = Answer.self,
        onEvent: (PullEvent) throws -> Void = { _ in }, onData: ([UInt8]) throws -> Void = { _ in }
    ) async throws -> Answer {
        do {
            return try await client.ask(
                request, for: type, onEvent: onEvent, onData: onData, onErrors: Terminal.writeError)
        } catch {
            try end(error)
        }
    }

    /// Runs a command in a container, its output on this program's own.
    func exec(
        _ request: ControlRequest, feed: @escaping @Sendable (ControlConnection) async throws -> Void
    ) async throws -> ProcessEnd {
        do {
            return try await client.exec(
                request, feed: feed, onOutput: { Terminal.write($0) }, onErrors: { Terminal.writeError($0) })
        } catch {
            try end(error)
        }
    }

    /// 1: the agent said no. 3: there is no agent to ask.
    private func end(_ error: any Error) throws -> Never {
        switch error {
        case ControlClient.Failure.noAgent(let path):
            Terminal.complain(
                """
                no agent runs here: nobody listens on \(path)
                Start one with `systemctl start swiftlet`, or `swiftlet run` as root; an agent with another state \
                directory is found with --state-dir or SWIFTLET_STATE_DIR.
                """)
            throw ExitCode(3)
        case ControlClient.Failure.notPermitted(let path):
            Terminal.complain("\(path) is for root only: use sudo")
            throw ExitCode(4)
        default:
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
    }
}
