import ArgumentParser
import Kubernetes
import Node
import Server

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "How the agent and its node are.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let status: NodeStatusView = try await agent.ask(.status)
        try output.show(status, names: [status.node], text: status.text(at: .now))
    }
}
