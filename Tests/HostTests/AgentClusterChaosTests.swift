import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(10))) struct `A cluster in commotion` {
    /// How much happens; `SWIFTLET_CHAOS=1000` is what a night is for.
    private static let steps = ProcessInfo.processInfo.environment["SWIFTLET_CHAOS"].flatMap(Int.init) ?? 120

    /// Tells when it is started a second time.
    private func command(_ name: String) -> String {
        "mkdir /shared/\(name) || echo \(name) >>/shared/doubled; trap 'exit 0' TERM; while :; do sleep 0.2; done"
    }

    @Test(arguments: ControlPlane.available)
    func `ends with every pod as the API server wants it, and none started twice`(
        on controlPlane: ControlPlane
    ) async throws {
        let seed =
            ProcessInfo.processInfo.environment["SWIFTLET_SEED"].flatMap { UInt64($0) } ?? .random(in: 0 ... .max)
        print("SWIFTLET_SEED=\(seed)")
        var random = SeededGenerator(state: seed)
        try await withCluster(controlPlane) { cluster, agent in
            let shared = agent.directory.appending(path: "shared")
            try FileManager.default.createDirectory(at: shared, withIntermediateDirectories: true)
            var there: Set<String> = []
            var count = 0
            for _ in 0..<Self.steps {
                switch Int.random(in: 0..<100, using: &random) {
                case 0..<45 where there.count < 25:
                    let name = "p\(count)"
                    count += 1
                    try await cluster.createPod(
                        name, command(name),
                        spec: #""volumes": [{"name": "s", "hostPath": {"path": "\#(shared.path)"}}],"#,
                        container: #""volumeMounts": [{"name": "s", "mountPath": "/shared"}],"#)
                    there.insert(name)
                case 45..<75:
                    guard let name = there.sorted().randomElement(using: &random) else { continue }
                    let grace = Bool.random(using: &random) ? "" : "?gracePeriodSeconds=0"
                    try await cluster.ask("DELETE", "\(TestCluster.pods)/\(name)\(grace)")
                    there.remove(name)
                // A real one fails by being killed only.
                case 75..<92 where controlPlane.isReal: continue
                case 75..<80: try await cluster.command("stop-watches")
                case 80..<84: try await cluster.command("compact")
                case 84..<92:
                    let kind = ["500", "429", "reset", "truncate", "hang"].randomElement(using: &random) ?? "500"
                    try await cluster.command("fault", kind, "--user", "system:node", "--times", "4")
                case 92..<96:
                    try await agent.kill(SIGKILL)
                    try await agent.start()
                case 96..<98:
                    try await cluster.kill()
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0..<2000, using: &random)))
                    try await cluster.start()
                default: try await Task.sleep(for: .milliseconds(Int.random(in: 0..<1000, using: &random)))
                }
            }
            if !controlPlane.isReal { try await cluster.command("clear") }
            try await settle(cluster, agent, there)
            let doubled = shared.appending(path: "doubled")
            let names = (try? String(contentsOf: doubled, encoding: .utf8)) ?? ""
            #expect(names.isEmpty, "none is started twice")
        }
    }

    private func settle(_ cluster: TestCluster, _ agent: AgentProcess, _ there: Set<String>) async throws {
        let isSettled = try await cluster.eventually(within: .seconds(120)) {
            let pods = try await cluster.pods()
            return Set(pods.keys) == there && pods.values.allSatisfy { TestCluster.condition($0, "Ready") == "True" }
        }
        let pods = try await cluster.pods()
        let states = pods.mapValues { TestCluster.status($0)?["phase"] as? String ?? "" }
        #expect(isSettled, "wanted \(there.sorted()), are \(states)")
        // Those deleted by force may take their time.
        #expect(
            try await cluster.eventually {
                let names = try await agent.ask("pods", "list", "-o", "name").output.split(separator: "\n")
                return Set(names.compactMap { $0.split(separator: "/").last.map(String.init) }) == there
            })
    }
}
