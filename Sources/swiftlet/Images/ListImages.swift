import ArgumentParser
import Kubernetes
import Node
import Server

struct ListImages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the images.", aliases: ["ls"])

    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let images: [ImageView] = try await agent.ask(.images)
        if images.isEmpty, [.table, .wide].contains(output.output) { return Terminal.tell("No images.\n") }
        try output.show(
            images, names: images.flatMap { $0.names.isEmpty ? [$0.id] : $0.names },
            text: ImageView.table(images, wide: output.isWide, at: .now).description)
    }
}
