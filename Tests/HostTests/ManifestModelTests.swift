import Foundation
import TestSupport
import Testing

/// `SWIFTLET_EDITS=10000` makes as many edits; `SWIFTLET_SEED` repeats them.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(30))) struct `Manifests that are edited at random` {
    @Test func `are what runs, once, when the last edit is seen`() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SWIFTLET_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        let count = environment["SWIFTLET_EDITS"].flatMap { Int($0) } ?? 100
        var random = SeededGenerator(state: ~seed)
        print("SWIFTLET_SEED=\(seed) SWIFTLET_EDITS=\(count)")
        try await withAgent { agent in
            var model = ManifestModel(agent: agent, seed: seed)
            var rounds = 0
            while model.count < count {
                try model.begin()
                for _ in 0..<Int.random(in: 1...60, using: &random) {
                    try await model.edit()
                    if Bool.random(using: &random) {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 0...40, using: &random)))
                    }
                }
                if Int.random(in: 0..<10, using: &random) == 0 {
                    try await agent.kill(SIGKILL)
                    try await agent.start()
                }
                guard try await eventually(within: .seconds(30), { try model.surprises() == [] }) else {
                    print(model.story)
                    let log = try agent.log().suffix(6000).replacing("\n", with: " ⏎ ")
                    Issue.record("round \(rounds), \(model.edits): \(try model.surprises()) ⏎ \(log)")
                    break
                }
                let restarted = try model.restarted()
                #expect(restarted == [], "round \(rounds)")
                rounds += 1
            }
            let edits = model.edits.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            print("edits: \(model.count) in \(rounds) rounds: \(edits.joined(separator: ", "))")
        }
    }
}
