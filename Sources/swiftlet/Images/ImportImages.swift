import ArgumentParser
import FoundationEssentials
import Kubernetes
import Node
import Server
import SystemPackage

struct ImportImages: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in images from an archive or an OCI layout.",
        discussion: "Takes oci-archive and docker-archive files, also compressed, and OCI image layouts.")

    @Argument(help: "Files or directories on this machine.", completion: .file())
    var paths: [String]
    @OptionGroup var progress: ProgressOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        var images: [ImageView] = []
        // The agent has another working directory.
        let here = FilePath(FileManager.default.currentDirectoryPath)
        for path in paths {
            images += try await progress.ask(
                agent, .importImages(path: here.pushing(FilePath(path)).lexicallyNormalized().string),
                for: [ImageView].self)
        }
        try output.show(
            images, names: images.flatMap(\.names),
            text: ImageView.table(images, wide: output.isWide, at: .now).description)
    }
}
