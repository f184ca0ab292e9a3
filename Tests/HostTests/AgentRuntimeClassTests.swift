import Foundation
import TestSupport
import Testing

/// What a node's configuration and its runtime classes make of pods, with real containers.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `A runtime class` {
    private func runtimeClass(_ name: String, handler: String) -> String {
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: \(name)}
        handler: \(handler)
        overhead: {podFixed: {cpu: 10m, memory: 1Mi}}
        """
    }

    private func pod(_ name: String, _ runtimeClass: String) -> (String, String) {
        lifePod(
            name,
            "runtimeClassName: \(runtimeClass)\ncontainers: [{name: app, image: IMAGE, command: [sleep, '1000']}]")
    }

    @Test func `is run by the built-in runtime, or says why it is not`() async throws {
        try await withAgent { agent in
            try agent.write("a-class.yaml", runtimeClass("own", handler: "swiftlet"))
            try agent.write("a-vm.yaml", runtimeClass("vm", handler: "kata"))
            for (name, runtimeClass) in [("web", "own"), ("guest", "vm"), ("early", "late")] {
                try agent.write(pod(name, runtimeClass))
            }
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(
                try await eventually {
                    try agent.waitingMessage("guest")?.contains("no runtime for \"kata\" is configured") == true
                })
            #expect(
                try await eventually {
                    try agent.waitingMessage("early")?.contains("runtimeclass.node.k8s.io \"late\" not found") == true
                })
            let events = try await agent.events("guest")
            #expect(events.contains("FailedCreatePodSandBox"), "\(events)")
            // Objects that come are waited for.
            try agent.write("z-late.yaml", runtimeClass("late", handler: "swiftlet"))
            #expect(try await eventually { try agent.phase("early") == "Running" })
        }
    }

    @Test func `of a runtime that is not built in keeps the agent from starting`() async throws {
        let agent = try AgentProcess(options: ["--runtime-handler", "kata=/usr/bin/kata-runtime"])
        try await agent.start()
        #expect(
            try await eventually {
                try agent.log().contains("runtime handler kata: \"/usr/bin/kata-runtime\" cannot be used")
            })
        try await agent.takeDown()
    }
}
