import ArgumentParser
import Server

struct RemoveImage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove images that no pod uses.", aliases: ["rm"])

    @Argument(help: "Images by name, digest or id.")
    var images: [String]
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        for image in images {
            let removed: ImageView = try await agent.ask(.removeImage(image))
            Terminal.show("removed \(removed.names.first ?? removed.id)")
        }
    }
}
