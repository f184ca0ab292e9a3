import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(1))) struct `The group of a node's own services` {
    @Test func `must be there for the agent to start`() async throws {
        let agent = try AgentProcess(
            configuration: """
                kubeReserved: {memory: 64Mi}
                kubeReservedCgroup: /nowhere-to-be-found
                enforceNodeAllocatable: [pods, kube-reserved]
                """)
        try await agent.start()
        let problem =
            "Failed to enforce Kube Reserved Cgroup Limits on \"/nowhere-to-be-found\": "
            + "\"/nowhere-to-be-found\" cgroup does not exist"
        #expect(try await eventually { try agent.log().contains(problem) })
        try await agent.takeDown()
    }
}
