import ArgumentParser
import Kubernetes
import Node
import Server

struct PullImage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "pull", abstract: "Fetch an image from its registry.")

    @Argument(help: "Image: [registry/]name[:tag] or name@digest.")
    var image: String
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let pulled: ImageView = try await progress.ask(agent, .pullImage(image))
        let name = pulled.names.first ?? pulled.id
        try output.show(pulled, names: [name], text: "\(name)  \(pulled.id)  \(Words.bytes(pulled.size))")
    }
}
