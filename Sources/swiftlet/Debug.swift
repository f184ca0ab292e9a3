import ArgumentParser
import Server

struct Debug: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look into a running pod with a container of another image.",
        usage: "swiftlet debug [<options>] <pod> --image <image> [-- <command> [<argument> ...]]",
        discussion: """
            The container shares the pod's network, and with --target sees the processes of one of its containers. It \
            stays until it ends or the pod does; with --stdin it runs the command for you, and ends with it.
            """)

    @Argument(help: "Pod: name (with or without the node's suffix), or namespace/name.")
    var pod: String
    @Argument(parsing: .postTerminator, help: "What to run (default: what the image says; with --stdin sh).")
    var command: [String] = []
    @Option(help: "Image of the container; pulled if it is not here.")
    var image: String
    @Option(help: "Container whose processes it sees.")
    var target: String?
    @Option(name: .shortAndLong, help: "Name of the container (default: debugger-xxxxx).")
    var container: String?
    @Option(name: .shortAndLong, help: "Namespace of the pod.")
    var namespace: String?
    @Flag(name: [.customShort("i"), .customLong("stdin")], help: "Run the command attached to this terminal's input.")
    var isAttached = false

    @OptionGroup var agent: AgentOptions

    func request() throws -> DebugRequest {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        var request = DebugRequest(pod: name, image: image, command: command)
        request.container = container
        request.target = target
        request.isAttached = isAttached
        return request
    }

    func validate() throws { _ = try request() }

    func run() async throws {
        let request = try request()
        guard isAttached else {
            let added = try await agent.ask(.debug(request), for: DebugContainer.self)
            return Terminal.show(
                "Container \(added.container) runs in pod \(added.pod): swiftlet logs \(added.pod) -c \(added.container)"
            )
        }
        let end = try await agent.exec(.debug(request)) { try await Exec.sendInput($0) }
        throw ExitCode(end.code)
    }
}
