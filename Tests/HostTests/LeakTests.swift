import Foundation
import TestSupport
import Testing

/// What pods take, counted before and after many of them.
@Suite(.tags(.host), .needsRoot, .needsPlugins, .serialized, .timeLimit(.minutes(5)))
struct `Of pods that came and went` {
    @Test func `nothing is left, of 200`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            // What the first pods bring stays: the bridge, directories, caches.
            try await comeAndGo(0..<4, in: agent)
            let before = try agent.census()
            for batch in 0..<10 { try await comeAndGo(batch * 20..<(batch + 1) * 20, in: agent) }
            try await agent.expectNothing { try agent.census().difference(from: before) }
        }
    }

    /// Half of them have an address of their own, and half of these their own users; some run until they are stopped, some are done, some fail.
    private func comeAndGo(_ numbers: Range<Int>, in agent: AgentProcess) async throws {
        for number in numbers {
            let command = [
                #"trap "exit 0" TERM; sleep 1000 & wait"#, "echo done", "exit 3", "sleep 0.2; exit 1",
            ][number / 2 % 4]
            try agent.write(
                `The agent`.pod(
                    "p\(number)", command: command, restartPolicy: number % 3 == 0 ? "Never" : "Always",
                    hostNetwork: number % 2 == 0, hostUsers: number % 4 != 1))
        }
        #expect(
            try await eventually {
                try numbers.allSatisfy { ["Running", "Succeeded", "Failed"].contains(try agent.phase("p\($0)")) }
            })
        for number in numbers { try agent.remove("p\(number)") }
        #expect(try await eventually { try agent.leftovers() == [] })
    }

    @Test func `nothing is left, and what is wanted runs once, when the agent is killed all the time`() async throws {
        let seed =
            ProcessInfo.processInfo.environment["SWIFTLET_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("SWIFTLET_SEED=\(seed)")
        try await withAgent { agent in
            try agent.writeNetwork()
            try await comeAndGo(0..<4, in: agent)
            let before = try agent.census()
            var commotion = Commotion(agent: agent, seed: seed)
            for _ in 0..<50 { try await commotion.disturbAndKill() }
            try await agent.expectNothing(within: .seconds(60)) { try commotion.surprises() }
            // The agents were not killed before they could do anything.
            let log = try agent.log()
            #expect(log.count(of: "Sandbox created") >= 20 && log.count(of: "Pod removed") >= 20)
            for name in commotion.wanted.keys { try agent.remove(name) }
            try await agent.expectNothing { try agent.census().difference(from: before) }
        }
    }
}

extension AgentProcess {
    /// Expects that soon `something` is not there; else shows it, and the end of the agent's log.
    fileprivate func expectNothing(
        within limit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation,
        of something: () throws -> [String]
    ) async throws {
        if try await eventually(within: limit, { try something() == [] }) { return }
        let found = try something()
        let log = try log().suffix(4000).replacing("\n", with: " ⏎ ")
        Issue.record("\(found) ⏎ \(log)", sourceLocation: sourceLocation)
    }
}

extension String {
    fileprivate func count(of text: String) -> Int { components(separatedBy: text).count - 1 }
}
