import ArgumentParser
import Kubernetes
import Node
import Server

struct ListPods: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the pods.", aliases: ["ls"])

    @Option(name: .shortAndLong, help: "Only pods of this namespace.")
    var namespace: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let pods: [PodView] = try await agent.ask(.pods(namespace: namespace))
        if pods.isEmpty, [.table, .wide].contains(output.output) {
            return Terminal.tell("No pods\(namespace.map { " in namespace \($0)" } ?? "").\n")
        }
        try output.show(
            pods, names: pods.map { "pod/\($0.name)" },
            text: PodView.table(pods, wide: output.isWide, at: .now).description)
    }
}
