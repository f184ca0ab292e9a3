import Foundation
import TestSupport

/// Starts an agent that has the image of busybox, lends it, and takes it down with all its pods.
///
/// - Parameters:
///   - configuration: lines added to the KubeletConfiguration.
///   - options: added to the command line.
///   - prepare: what is done before it starts.
func withAgent(
    configuration: String = "", options: [String] = [], prepare: (AgentProcess) async throws -> Void = { _ in },
    _ body: (AgentProcess) async throws -> Void
) async throws {
    let agent = try AgentProcess(configuration: "fileCheckFrequency: 1s\n" + configuration, options: options)
    do {
        try await BusyboxImage.write(to: agent.preload.appending(path: "busybox.tar"))
        try await prepare(agent)
        try await agent.start()
        try await body(agent)
    } catch {
        print((try? agent.log()) ?? "")
        try await agent.takeDown()
        throw error
    }
    try await agent.takeDown()
}
