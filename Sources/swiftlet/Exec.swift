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

    @OptionGroup var agent: AgentOptions

    func request() throws -> ExecRequest {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        guard !command.isEmpty else { throw ValidationError("no command: give it after --") }
        var request = ExecRequest(pod: name, container: container, command: command)
        request.hasInput = hasInput
        return request
    }

    func validate() throws { _ = try request() }

    func run() async throws {
        let end = try await agent.exec(
            .exec(request()),
            feed: { [hasInput] connection in
                if hasInput { try await Self.feed(connection) }
            })
        throw ExitCode(end.code)
    }

    /// Sends standard input as it comes, and then its end.
    static func feed(_ connection: ControlConnection) async throws {
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
