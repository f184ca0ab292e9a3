import ArgumentParser
import Linux
import Server
import SystemPackage

struct ImageCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "The images on this node.",
        subcommands: [ListImages.self, PullImage.self, ImportImages.self, RemoveImage.self], aliases: ["image"])
}

/// Asks for an order that takes its time, and shows how far it has got.
struct ProgressOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Show no progress.")
    var quiet = false

    func ask<Answer: Decodable>(
        _ agent: AgentOptions, _ request: ControlRequest, for type: Answer.Type = Answer.self
    ) async throws -> Answer {
        let width = terminalWidth(FileDescriptor.standardError)
        var display = PullDisplay(isTerminal: width != nil, width: width ?? 80)
        // The bar goes away before the answer or the error is printed.
        defer { Terminal.tell(display.end) }
        return try await agent.ask(
            request, for: type,
            onEvent: { event in
                if !quiet, let text = display.take(event) { Terminal.tell(text) }
            })
    }
}
