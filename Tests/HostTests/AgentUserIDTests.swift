import Foundation
import Linux
import TestSupport
import Testing

/// Which ids of the host pods with users of their own get, by the built agent.
@Suite(.tags(.host), .needsRoot, .needsPlugins, .serialized, .timeLimit(.minutes(5)))
struct `The ids of pods with users of their own` {
    @Test func `are other ones for each, kept when the agent is killed, and given back`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            let before = try agent.census()
            for name in ["a", "b"] {
                try agent.write(usersPod(name, "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            }
            #expect(
                try await eventually { try ["a", "b"].allSatisfy { try agent.isRunning($0, "app") } },
                "\((try? agent.log()) ?? "")")
            let ids = try ["a", "b"].map { try #require(try agent.firstID(of: $0)) }
            #expect(Set(ids) == [65536, 131072])
            let pids = try agent.pids("a")
            try await agent.kill(SIGKILL)
            try await agent.start()
            let maps = try await agent.answer(in: "a", "cat", "/proc/self/uid_map")
            #expect(words(maps) == ["0", "\(ids[0])", "65536"])
            #expect(try agent.pids("a") == pids)
            // A sandbox that is made again has the same.
            let pause = try #require(try agent.pids("b").first { try userOnHost(of: $0) == ids[1] + 65535 })
            _ = Foundation.kill(pause, SIGKILL)
            #expect(try await eventually { try agent.restarts("b", "app") >= 1 && agent.isRunning("b", "app") })
            #expect(try agent.firstID(of: "b") == ids[1])
            try agent.remove("a")
            #expect(try await eventually { try agent.status("a") == nil })
            try agent.write(usersPod("c", "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            #expect(try await eventually { try agent.isRunning("c", "app") })
            #expect(try agent.firstID(of: "c") == ids[0], "the first that are free")
            for name in ["b", "c"] { try agent.remove(name) }
            #expect(try await eventually { try agent.leftovers() == [] })
            let left = try agent.census().difference(from: before).filter {
                !$0.hasPrefix("link +t") && !$0.hasPrefix("process") && !$0.hasPrefix("descriptors")
                    && !$0.hasPrefix("cgroup")
            }
            #expect(left == [])
        }
    }

    @Test func `are free for others when the pod has ended`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            let (file, text) = usersPod("job", "containers: [{name: app, image: IMAGE, command: ['true']}]")
            try agent.write(file, text.replacingOccurrences(of: "Always", with: "Never"))
            #expect(try await eventually { try agent.phase("job") == "Succeeded" && agent.firstID(of: "job") == nil })
            try agent.write(usersPod("next", "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            #expect(try await eventually { try agent.isRunning("next", "app") })
            #expect(try agent.firstID(of: "next") == 65536)
        }
    }

    @Test func `are the user kubelet's if there is one, as many as the configuration says`() async throws {
        let range = "0: kubelet 262144 \(110 * 131072)"
        try await withAgent(
            configuration: "userNamespaces: {idsPerPod: 131072}",
            prepare: { try $0.pretend(subordinateUsers: range, groups: range) }
        ) { agent in
            try agent.writeNetwork()
            try agent.write(usersPod("many", "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            #expect(
                try await eventually { try agent.isRunning("many", "app") }, "\((try? agent.log()) ?? "")")
            #expect(
                words(try await agent.answer(in: "many", "cat", "/proc/self/gid_map")) == ["0", "262144", "131072"])
        }
    }

    @Test(
        arguments: [
            ("0: kubelet 65536 65536", nil, "not enough to support 110 pods"),
            ("0: kubelet 65536 7208960", "0: kubelet 131072 7208960", "mismatched subuids and subgids"),
            (nil, nil, "error retrieving additional uids for user \"kubelet\": exited(1): nobody answers"),
        ] as [(String?, String?, String)])
    func `keep the agent from starting if they are the user kubelet's and do not fit`(
        users: String?, groups: String?, problem: String
    ) async throws {
        let agent = try AgentProcess()
        try agent.pretend(subordinateUsers: users, groups: groups ?? users)
        try await agent.start()
        #expect(try await eventually { try agent.log().contains("kubelet mappings: ") && !agent.listens })
        #expect(try agent.log().contains(problem), "\((try? agent.log()) ?? "")")
        let pid = agent.pid
        #expect(try await eventually { (try? ProcessStat(pid: pid)).map { $0.state == "Z" } ?? true })
        try await agent.takeDown()
    }
}
