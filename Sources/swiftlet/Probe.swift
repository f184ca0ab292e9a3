import ArgumentParser
import Kubernetes
import Node
import Server

struct Probe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a container's probes now, and explain the answers.",
        discussion: "What is answered does not count: the agent goes on asking in its own time.")

    @Argument(help: "Pod: name (with or without the node's suffix), or namespace/name.")
    var pod: String
    @Argument(help: "Container; without it all that have probes.")
    var container: String?
    @Option(name: .shortAndLong, help: "Namespace of the pod.")
    var namespace: String?
    @Option(help: "Only this probe: startup, readiness or liveness.")
    var kind: String?
    @Flag(name: .shortAndLong, help: "Ask again each period.")
    var watch = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func request() throws -> ProbeRequest {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        if let kind, !["startup", "readiness", "liveness"].contains(kind) {
            throw ValidationError("--kind is startup, readiness or liveness, not \(kind)")
        }
        return ProbeRequest(pod: name, container: container, kind: kind)
    }

    func validate() throws { _ = try request() }

    func run() async throws {
        while true {
            let views: [ProbeNowView] = try await agent.ask(.probe(request()))
            try output.show(
                views, names: views.map { "\($0.probe.container)/\($0.probe.kind)" },
                text: views.map { ProbeExplanation($0, at: .now).description }.joined(separator: "\n"))
            guard watch else {
                // As the answers are: a script may ask.
                if views.contains(where: { !["success", "warning"].contains($0.answer.outcome) }) { throw ExitCode(1) }
                return
            }
            try await Task.sleep(for: .seconds(views.map(\.probe.periodSeconds).min() ?? 1))
        }
    }
}
