import ArgumentParser
import Kubernetes
import Node
import Server

struct DescribePod: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Tell all about a pod: states, reasons, what happened lately.")

    @OptionGroup var pod: PodArgument
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let detail: PodDetail = try await agent.ask(.pod(pod.name()))
        Terminal.show(PodDescription(detail, at: .now).description)
    }
}
