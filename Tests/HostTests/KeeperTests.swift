import Foundation
import Linux
import TestSupport
import Testing

/// Shim and zygote, killed under the agent's hands.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `An agent whose` {
    @Test(arguments: [false, true])
    func `pod's shim is killed starts that pod anew, says so, and leaves the others alone`(
        withZygote: Bool
    ) async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("victim", command: "sleep 1000 & exec sleep 1000"))
            try agent.write(`The agent`.pod("other", command: "exec sleep 1000"))
            #expect(
                try await eventually { try agent.phase("victim") == "Running" && agent.phase("other") == "Running" })
            let (before, others) = try (agent.pids("victim"), agent.pids("other"))
            let keeper = try #require(try agent.shim("victim"))
            // Without the zygote the orphans are process 1's.
            if withZygote { kill(try ProcessStat(pid: keeper).parent, SIGKILL) }
            kill(keeper, SIGKILL)

            #expect(
                try await eventually(within: .seconds(5)) {
                    try agent.restarts("victim") == 1 && agent.phase("victim") == "Running"
                }, "not after the ten seconds of an error")
            let last = try #require(try agent.lastTermination("victim"))
            #expect(last["exitCode"] as? Int == 137)
            #expect(last["reason"] as? String == "ContainerStatusUnknown")
            #expect((last["message"] as? String)?.contains("shim") ?? false, "\(last)")
            #expect(try agent.log().contains("Shim does not keep the container"))
            #expect(try before.allSatisfy { try !agent.pids("victim").contains($0) && !exists($0) })
            #expect(try agent.pids("victim").count == before.count)
            #expect(try agent.pids("other") == others)
            #expect(try agent.restarts("other") == 0)

            for name in ["victim", "other"] { try agent.remove(name) }
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }

    @Test func `pod's shim is killed does not start again what shall never be started again`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("job", command: "exec sleep 1000", restartPolicy: "Never"))
            #expect(try await eventually { try agent.phase("job") == "Running" })
            kill(try #require(try agent.shim("job")), SIGKILL)
            #expect(try await eventually(within: .seconds(5)) { try agent.phase("job") == "Failed" })
            #expect(try agent.exitCode("job") == 137)
            #expect(try agent.pids("job") == [])
        }
    }

    @Test func `pod's shim was killed while it was away finds out`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("victim", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("victim") == "Running" })
            let before = try agent.pids("victim")
            try await agent.kill(SIGKILL)
            kill(try #require(try agent.shim("victim")), SIGKILL)
            try await agent.start()
            #expect(try await eventually(within: .seconds(10)) { try agent.restarts("victim") == 1 })
            #expect(before.allSatisfy { !exists($0) })
        }
    }

    @Test func `zygote is killed goes on with its pods and starts new ones`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("old", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("old") == "Running" })
            let before = try agent.pids("old")
            kill(try ProcessStat(pid: try #require(try agent.shim("old"))).parent, SIGKILL)
            try agent.write(`The agent`.pod("new", command: "exec sleep 1000"))
            #expect(try await eventually(within: .seconds(5)) { try agent.phase("new") == "Running" })
            #expect(try agent.pids("old") == before)
            #expect(try agent.restarts("old") == 0)
            for name in ["old", "new"] { try agent.remove(name) }
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }

    private func exists(_ pid: Int32) -> Bool {
        guard let stat = try? ProcessStat(pid: pid) else { return false }
        return stat.state != "Z" && stat.state != "X"
    }
}

extension AgentProcess {
    /// The shim of a pod, as the agent wrote it down.
    fileprivate func shim(_ name: String) throws -> Int32? {
        guard let uid = try uid(name) else { return nil }
        let file = state.appending(path: "pods/\(uid)/sandbox.json")
        let record = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
        return ((record?["shim"] as? [String: Any])?["pid"] as? Int).map { Int32($0) }
    }

    /// How the container's last instance but one ended.
    fileprivate func lastTermination(_ name: String) throws -> [String: Any]? {
        let container = (try status(name)?["containerStatuses"] as? [[String: Any]])?.first
        return (container?["lastState"] as? [String: Any])?["terminated"] as? [String: Any]
    }
}
