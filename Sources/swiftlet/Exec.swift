import ArgumentParser
import Linux
import Server
import SystemPackage
import UnixSignals

struct Exec: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command in a running container.",
        usage: "swiftlet exec [<options>] <pod> [-c <container>] -- <command> [<argument> ...]",
        discussion:
            "Ends with the command's exit code: 127 if there is no such program, 128 + the signal if one ended it.")

    @Argument(help: "Pod: name (with or without the node's suffix), or namespace/name.")
    var pod: String
    @Argument(parsing: .postTerminator, help: "The program, looked up in the container's PATH, and its arguments.")
    var command: [String] = []
    @Option(name: .shortAndLong, help: "Container; may be left out if the pod has only one.")
    var container: String?
    @Option(name: .shortAndLong, help: "Namespace of the pod.")
    var namespace: String?
    @Flag(name: [.customShort("i"), .customLong("stdin")], help: "Pass standard input on.")
    var hasInput = false
    @Flag(name: [.customShort("t"), .customLong("tty")], help: "Give it a terminal, joined to this one.")
    var hasTerminal = false

    @OptionGroup var agent: AgentOptions

    func request() throws -> ExecRequest {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        guard !command.isEmpty else { throw ValidationError("no command: give it after --") }
        var request = ExecRequest(pod: name, container: container, command: command)
        request.hasInput = hasInput
        if hasTerminal { request.terminal = TerminalSize(of: .standardOutput) ?? TerminalSize(rows: 24, columns: 80) }
        return request
    }

    func validate() throws { _ = try request() }

    func run() async throws {
        // Keys go to the container's terminal as they are pressed; there they mean what they mean.
        let raw = hasTerminal && hasInput ? RawTerminal(.standardInput) : nil
        let result: Result<ProcessEnd, any Error>
        do {
            result = .success(try await agent.exec(.exec(request()), feed: feed))
        } catch {
            result = .failure(error)
        }
        raw?.restore()
        throw ExitCode(try result.get().code)
    }

    private var feed: @Sendable (ControlConnection) async throws -> Void {
        { [hasInput, hasTerminal] connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if hasInput { group.addTask { try await Self.sendInput(connection) } }
                if hasTerminal { group.addTask { try await Self.sendSizes(connection) } }
                try await group.waitForAll()
            }
        }
    }

    /// Tells the terminal's size whenever it changes.
    private static func sendSizes(_ connection: ControlConnection) async throws {
        for await _ in await UnixSignalsSequence(trapping: .sigwinch) {
            guard let size = TerminalSize(of: .standardOutput) else { continue }
            try await connection.send(Frame(.size, ControlJSON.encode(size)))
        }
    }

    /// Sends standard input as it comes, and then its end.
    static func sendInput(_ connection: ControlConnection) async throws {
        let input = FileDescriptor.standardInput
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            try await waitForInput(input)
            let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe input.read(into: $0) }
            try await connection.send(Frame(.input, Array(buffer.prefix(count))))
            if count == 0 { return }
        }
    }

    /// A file is always ready, and cannot be waited for: `epoll_ctl(2)`, EPERM.
    private static func waitForInput(_ input: FileDescriptor) async throws {
        do { try await Poller.shared.readable(input) } catch let error as SyscallError
            where error.errno == .notPermitted
        {}
    }
}
