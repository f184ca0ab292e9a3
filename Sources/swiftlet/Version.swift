import ArgumentParser
import Server

struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The version of this program, and of the running agent.")

    @OptionGroup var agent: AgentOptions
    @Flag(help: "Only this program's; ask no agent.")
    var client = false

    func run() async throws {
        Terminal.show("swiftlet \(BuildVersion.text)")
        guard !client else { return }
        // Which version a program has can be told without an agent.
        if let status: NodeStatusView = try? await agent.client.ask(.status) {
            Terminal.show("agent \(status.version) on \(status.node)")
        }
    }
}
