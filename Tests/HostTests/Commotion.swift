import Foundation
import TestSupport

/// Manifests that come, change and go at random, and an agent that is killed meanwhile.
struct Commotion {
    let agent: AgentProcess
    private var random: SeededGenerator
    /// By pod: the argument that one process of it, and none of any other pod, was started with.
    private(set) var wanted: [String: String] = [:]
    private var abandoned: [String] = []
    private var edits = 0

    init(agent: AgentProcess, seed: UInt64) {
        self.agent = agent
        random = SeededGenerator(state: seed)
    }

    /// Changes manifests for up to a second, mostly of an agent that is up; then kills it and starts it anew.
    mutating func disturbAndKill() async throws {
        if Int.random(in: 0..<5, using: &random) > 0 { _ = try await eventually { agent.listens } }
        let deadline = ContinuousClock.now + .milliseconds(Int.random(in: 0...1000, using: &random))
        while ContinuousClock.now < deadline {
            try await disturb()
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...100, using: &random)))
        }
        try await agent.kill(SIGKILL)
        if Bool.random(using: &random) { try await disturb() }
        try await agent.start()
    }

    private mutating func disturb() async throws {
        // Once in a while a shim or the zygote.
        if Int.random(in: 0..<15, using: &random) == 0, let keeper = try agent.keepers().randomElement(using: &random) {
            kill(keeper, SIGKILL)
        }
        let number = Int.random(in: 0..<8, using: &random)
        let name = "c\(number)"
        if let argument = wanted[name] {
            abandoned.append(argument)
            if Bool.random(using: &random) {
                wanted[name] = nil
                return try agent.remove(name)
            }
        }
        edits += 1
        let argument = "77\(agent.directory.lastPathComponent.suffix(4).filter(\.isNumber))\(1000 + edits)"
        wanted[name] = argument
        let command = number < 2 ? "exec sleep \(argument)" : #"trap "exit 0" TERM; sleep \#(argument) & wait"#
        let (file, text) = `The agent`.pod(
            name, command: command, hostNetwork: number % 2 == 0, hostUsers: number % 4 != 3)
        if Bool.random(using: &random) { return try agent.write(file, text) }
        // Written in place, in two pieces.
        let handle = try FileHandle(forWritingTo: create(file))
        defer { try? handle.close() }
        let bytes = Data(text.utf8)
        try handle.write(contentsOf: bytes.prefix(bytes.count / 2))
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...20, using: &random)))
        try handle.write(contentsOf: bytes.dropFirst(bytes.count / 2))
    }

    private func create(_ file: String) throws -> URL {
        let url = agent.manifests.appending(path: file)
        try Data().write(to: url)
        return url
    }

    /// What runs and should not, or the reverse; what is held by more or fewer pods than are wanted. Nothing once all
    /// that is wanted runs, once, and nothing else.
    func surprises() throws -> [String] {
        var found: [String] = []
        for (name, argument) in wanted.sorted(by: { $0.key < $1.key }) {
            let count = try agent.processes(withArgument: argument).count
            if count != 1 { found.append("\(name) runs \(count) times") }
            let phase = try agent.phase(name)
            if phase != "Running" { found.append("\(name) is \(phase ?? "unknown")") }
        }
        for argument in abandoned where try !agent.processes(withArgument: argument).isEmpty {
            found.append("\(argument) still runs")
        }
        let held = try agent.census().held
        let addressed = wanted.keys.filter { Int($0.dropFirst())?.isMultiple(of: 2) == false }.count
        let expected = [
            "root/pods": wanted.count, "root/ledger/pods": wanted.count, "state/pods": wanted.count,
            "state/statuses": wanted.count, "logs": wanted.count,
            "state/netns": addressed, "lease": addressed, "root/ledger/network": addressed,
            "root/cni/results": addressed,
        ]
        for (kind, count) in expected where held[kind]?.count != count {
            found.append("\(held[kind]?.count ?? 0) of \(kind), not \(count)")
        }
        // A container that runs again, as its shim was killed, has the log of its last instance beside its own.
        let links = Dictionary(grouping: held["container-logs"] ?? []) { $0.prefix { $0 != "_" } }
        if links.count != wanted.count || links.contains(where: { $0.value.count > 2 }) {
            found.append("container logs: \(links.values.joined().sorted())")
        }
        let shims = held["process"]?.filter { $0.hasPrefix("shim ") } ?? []
        if shims.count != wanted.count { found.append("shims: \(shims)") }
        return (found + surprisingIDs(of: held["root/pods"] ?? [])).sorted()
    }

    /// Every fourth pod has ids of the host's, and no two have the same.
    private func surprisingIDs(of pods: [String]) -> [String] {
        let mappings = pods.compactMap {
            try? String(contentsOf: agent.root.appending(path: "pods/\($0)/userns"), encoding: .utf8)
        }
        let count = wanted.keys.filter { (Int($0.dropFirst()) ?? 0) % 4 == 3 }.count
        return mappings.count == count && Set(mappings).count == count ? [] : ["user ids: \(mappings)"]
    }
}
