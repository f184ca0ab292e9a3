import Foundation
import TestSupport
import Testing

/// A good pod that counts aloud while something else goes wrong beside it.
struct Witness {
    static let name = "witness"
    let agent: AgentProcess
    private let pids: Set<Int32>
    private let agentPID: Int32

    /// Runs an agent with a witness, and looks afterwards whether it noticed anything, how much memory the agent
    /// took, and whether one more good pod starts.
    static func watches(
        configuration: String = "", options: [String] = [], memory: Int = 250 << 20,
        prepare: (AgentProcess) async throws -> Void = { _ in }, _ body: (AgentProcess) async throws -> Void
    ) async throws {
        try await withAgent(configuration: configuration, options: options, prepare: prepare) { agent in
            let witness = try await Witness(agent)
            try await body(agent)
            try await witness.testify(memory: memory)
        }
    }

    private init(_ agent: AgentProcess) async throws {
        self.agent = agent
        let count = "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"
        try agent.write(`The agent`.pod(Self.name, command: count))
        try #require(try await eventually { try agent.phase(Self.name) == "Running" })
        // The pause and the shell stay; what the shell starts comes and goes.
        var staying = try Set(agent.pids(Self.name))
        for _ in 0..<4 {
            try await Task.sleep(for: .milliseconds(70))
            try staying.formIntersection(agent.pids(Self.name))
        }
        pids = staying
        agentPID = agent.pid
    }

    private func testify(memory: Int) async throws {
        let before = try numbers().count
        #expect(try await eventually(within: .seconds(5)) { try numbers().count > before }, "the witness is silent")
        #expect(try pids.count >= 2 && pids.isSubset(of: agent.pids(Self.name)))
        #expect(try agent.restarts(Self.name) == 0)
        let all = try numbers()
        #expect(all == Array(0..<all.count), "the log has no gap")
        if agent.pid == agentPID {
            let peak = try peakMemory()
            #expect(peak < memory, "the agent took \(peak >> 20) MiB")
        }
        try agent.write(`The agent`.pod("after", command: "exec sleep 1000"))
        #expect(try await eventually { try agent.phase("after") == "Running" })
    }

    private func numbers() throws -> [Int] {
        try agent.log(Self.name, "app").split(separator: "\n").compactMap { Int($0.split(separator: " ")[3]) }
    }

    /// The most that was resident of the agent, ever. Source: proc_pid_status(5), `VmHWM`.
    private func peakMemory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(agentPID)/status", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return (Int(line.split { !$0.isNumber }.first ?? "") ?? 0) << 10
    }
}

extension AgentProcess {
    /// Waits until the agent's log has a line with all of these words.
    func says(_ words: String..., within time: Duration = .seconds(15)) async throws -> Bool {
        try await eventually(within: time) {
            try log().split(separator: "\n").contains { line in words.allSatisfy { line.contains($0) } }
        }
    }

    /// Waits until the pod's container waits with a message that has these words.
    func waits(_ pod: String, _ words: String, within time: Duration = .seconds(15)) async throws -> Bool {
        try await eventually(within: time) { try waitingMessage(pod)?.contains(words) == true }
    }

    /// Puts bytes into place as an editor would: whole.
    func write(_ name: String, bytes: [UInt8]) throws {
        let hidden = directory.appending(path: name)
        try Data(bytes).write(to: hidden)
        try FileManager.default.moveItem(at: hidden, to: manifests.appending(path: name))
    }

    /// A plugin of the test's own: a shell script.
    func writePlugin(_ name: String, _ script: String) throws {
        let file = plugins.appending(path: name)
        try "#!/bin/sh\n\(script)\n".write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
}
