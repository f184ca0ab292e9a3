import ArgumentParser
import Kubernetes
import Node
import Server

struct GetPod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show a pod: a line, or with -o json|yaml the whole object of the API.")

    @OptionGroup var pod: PodArgument
    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let detail: PodDetail = try await agent.ask(.pod(pod.name()))
        try output.show(
            detail.object, names: ["pod/\(detail.view.name)"],
            text: PodView.table([detail.view], wide: output.isWide, at: .now).description)
    }
}
