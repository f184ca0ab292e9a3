import ArgumentParser
import Server

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
    @Option(name: .shortAndLong, help: "Container (default: the pod's first, or that of its annotation).")
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
        request.terminal = AttachedCommand(hasInput: hasInput, hasTerminal: hasTerminal).terminal
        return request
    }

    func validate() throws { _ = try request() }

    func run() async throws {
        let end = try await AttachedCommand(hasInput: hasInput, hasTerminal: hasTerminal)
            .run(.exec(request()), by: agent)
        throw ExitCode(end.code)
    }
}
