import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(20))) struct `Waves of short pods` {
    /// How many pods; `SWIFTLET_WAVES=1000` is what a night is for.
    private static let count = ProcessInfo.processInfo.environment["SWIFTLET_WAVES"].flatMap(Int.init) ?? 100
    private static let perWave = 25

    /// What the pods of a wave are, by their number.
    private enum Life: CaseIterable {
        /// Ends by itself, and is deleted when that has been told.
        case short
        /// Runs until it is deleted.
        case lasting
        /// Is deleted while it begins: with its time to end, and without.
        case brief, cutShort

        /// Tells when it is started a second time.
        func command(_ name: String) -> String {
            let mark = "mkdir /shared/\(name) || echo \(name) >>/shared/doubled; trap 'exit 0' TERM;"
            return self == .short ? "\(mark) sleep 0.2" : "\(mark) while :; do sleep 0.1; done"
        }
    }

    @Test func `leave nothing behind, and each is started once, although the agent is killed in each`() async throws {
        try await withCluster { cluster, agent in
            let shared = agent.directory.appending(path: "shared")
            try FileManager.default.createDirectory(at: shared, withIntermediateDirectories: true)
            var made = 0
            while made < Self.count {
                let wave = try await begin(made..<min(made + Self.perWave, Self.count), cluster, agent, shared)
                try await end(wave, cluster, agent)
                made += Self.perWave
            }
            try await expectNothing(of: cluster, agent)
            let doubled = shared.appending(path: "doubled")
            #expect((try? String(contentsOf: doubled, encoding: .utf8)) ?? "" == "", "none is started twice")
            // Those that were not cut short have all been there.
            let begun = try FileManager.default.contentsOfDirectory(atPath: shared.path)
            #expect(begun.count >= Self.count / 2, "\(begun.count)")
        }
    }

    private func expectNothing(of cluster: TestCluster, _ agent: AgentProcess) async throws {
        let isEmpty = try await cluster.eventually(within: .seconds(120)) { try await cluster.pods().isEmpty }
        let there = try await cluster.pods().keys.sorted()
        #expect(isEmpty, "\(there)")
        let isClean = try await eventually(within: .seconds(60)) { try agent.leftovers().isEmpty }
        let left = try agent.leftovers()
        #expect(isClean, "\(left)")
        let held = try agent.census().held
        #expect(held["process"]?.filter { $0.hasPrefix("shim ") || $0 == "pause" } == [])
        for kind in ["root/ledger/pods", "state/pods", "state/statuses", "container-logs"] {
            #expect(held[kind] == [], "\(kind)")
        }
    }

    /// Makes a wave's pods, and kills the agent among them.
    private func begin(
        _ numbers: Range<Int>, _ cluster: TestCluster, _ agent: AgentProcess, _ shared: URL
    ) async throws -> [String: Life] {
        var wave: [String: Life] = [:]
        for number in numbers {
            let (name, life) = ("w\(number)", Life.allCases[number % Life.allCases.count])
            wave[name] = life
            let policy = life == .short ? #""restartPolicy": "Never","# : ""
            try await cluster.createPod(
                name, life.command(name),
                spec: #"\#(policy) "volumes": [{"name": "s", "hostPath": {"path": "\#(shared.path)"}}],"#,
                container: #""volumeMounts": [{"name": "s", "mountPath": "/shared"}],"#)
            if number == numbers.lowerBound + numbers.count / 3 { try await restart(agent) }
            switch life {
            case .brief: try await cluster.ask("DELETE", "\(TestCluster.pods)/\(name)")
            case .cutShort: try await cluster.ask("DELETE", "\(TestCluster.pods)/\(name)?gracePeriodSeconds=0")
            case .short, .lasting: break
            }
        }
        return wave
    }

    /// Waits until a wave's pods are as they should be, deletes them, and kills the agent meanwhile.
    private func end(_ wave: [String: Life], _ cluster: TestCluster, _ agent: AgentProcess) async throws {
        let expected = wave.filter { $0.value == .short || $0.value == .lasting }
        let isSettled = try await cluster.eventually(within: .seconds(60)) {
            let pods = try await cluster.pods()
            return expected.allSatisfy { name, life in
                let phase = pods[name].flatMap(TestCluster.status)?["phase"] as? String
                return phase == (life == .short ? "Succeeded" : "Running")
            }
        }
        #expect(isSettled)
        for (number, name) in expected.keys.sorted().enumerated() {
            try await cluster.ask("DELETE", "\(TestCluster.pods)/\(name)")
            if number == expected.count / 2 { try await restart(agent) }
        }
    }

    private func restart(_ agent: AgentProcess) async throws {
        try await agent.kill(SIGKILL)
        try await agent.start()
    }
}
