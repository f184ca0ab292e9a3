import Foundation
import TestSupport

/// Starts an agent that has the image of busybox, lends it, and takes it down with all its pods.
func withAgent(_ body: (AgentProcess) async throws -> Void) async throws {
    let agent = try AgentProcess(configuration: "fileCheckFrequency: 1s\n")
    try await BusyboxImage.write(to: agent.preload.appending(path: "busybox.tar"))
    try await agent.start()
    do {
        try await body(agent)
    } catch {
        print(try agent.log())
        try await agent.takeDown()
        throw error
    }
    try await agent.takeDown()
}
