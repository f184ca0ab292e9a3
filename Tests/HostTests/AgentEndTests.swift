import Foundation
import TestSupport
import Testing

/// What is left of pods that have ended and are still wanted, under the built agent.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent's ended pods` {
    private static func pod(
        _ name: String, _ script: String, policy: String = "Never", limit: String = "100Mi", _ more: String = ""
    )
        -> (String, String)
    {
        lifePod(
            name, policy: policy,
            """
            volumes:
            - {name: v, emptyDir: {sizeLimit: \(limit)}}
            - {name: m, emptyDir: {medium: Memory}}
            containers:
            - {name: app, image: IMAGE, command: [sh, -c, 'echo words; echo x >/x; \(script)'], volumeMounts: [
              {name: v, mountPath: /v}, {name: v, mountPath: /part, subPath: part}, {name: m, mountPath: /m}]}
            """ + more)
    }

    @Test func `hold nothing but records, logs and writable layers`() async throws {
        try await withAgent { agent in
            let ends = [
                ("done", "Succeeded", nil), ("late", "Failed", "DeadlineExceeded"), ("greedy", "Failed", "Evicted"),
            ]
            try agent.write(Self.pod("done", "echo y >/v/y; sleep 1"))
            try agent.write(Self.pod("late", "exec sleep 1000", "\nactiveDeadlineSeconds: 2"))
            let fill = "dd if=/dev/zero of=/v/f bs=1M count=3; exec sleep 1000"
            try agent.write(Self.pod("greedy", fill, policy: "Always", limit: "1Mi"))
            try agent.write(Self.pod("stays", "exec sleep 1000", policy: "Always"))
            for (name, phase, reason) in ends {
                #expect(
                    try await eventually { try agent.phase(name) == phase && agent.held(by: name) == [] }, "\(name)")
                #expect(try agent.status(name)?["reason"] as? String == reason)
                #expect(try agent.state(name, "app")?.kind == "terminated")
            }
            try await agent.kill(SIGKILL)
            #expect(try agent.layers(of: "greedy") == [] && agent.logFiles("greedy", "app") == [])
            try await agent.start()
            _ = try await agent.answer(in: "stays", "true")
            for name in ["done", "late"] {
                #expect(try await eventually { try agent.listens && agent.held(by: name) == [] }, "\(name)")
                let log = try await agent.ask("logs", name).output
                #expect(log == "words\n", "\(name): \(log)")
                #expect(try agent.layers(of: name) == ["app"])
            }
            #expect(try agent.isRunning("stays", "app") && agent.held(by: "stays").contains("volumes"))
        }
    }

    @Test func `say of the logs of an evicted one what the kubelet says`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("greedy", "dd if=/dev/zero of=/v/f bs=1M count=3; exec sleep 1000", limit: "1Mi"))
            #expect(try await eventually { try agent.phase("greedy") == "Failed" && agent.held(by: "greedy") == [] })
            let id = try #require(try agent.containerStatus("greedy", "app")?["containerID"] as? String)
            let answer = try await agent.ask("logs", "greedy")
            #expect(answer.output.contains("unable to retrieve container logs for \(id)"), "\(answer.output)")
            #expect(try await agent.ask("pods", "describe", "greedy").output.contains("Evicted"))
            // Its records are gone, and it is to run once.
            try await agent.kill(SIGKILL)
            try await agent.start()
            try agent.write(Self.pod("next", "exec sleep 1000"))
            #expect(try await eventually { try agent.isRunning("next", "app") })
            #expect(try agent.phase("greedy") == "Failed" && agent.status("greedy")?["reason"] as? String == "Evicted")
            #expect(try agent.held(by: "greedy") == [])
        }
    }

    @Test func `lose the rest when the agent is killed on the way`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("stuck", "while [ ! -e /v/go ]; do sleep 0.05; done"))
            #expect(try await eventually { try agent.isRunning("stuck", "app") })
            let volume = try agent.directory(of: "stuck").appending(path: "volumes/kubernetes.io~empty-dir/v")
            let file = volume.appending(path: "kept")
            try Data().write(to: file)
            // What cannot be removed holds the agent up.
            #expect(try await run("chattr", ["+i", file.path]).status == 0)
            try Data().write(to: volume.appending(path: "go"))
            #expect(try await eventually { try agent.log().contains("give back what the ended pod held") })
            #expect(try agent.phase("stuck") == "Succeeded", "it was told before")
            try await agent.kill(SIGKILL)
            #expect(try await run("chattr", ["-i", file.path]).status == 0)
            #expect(try agent.held(by: "stuck").contains("volumes"))
            try await agent.start()
            #expect(
                try await eventually { try agent.held(by: "stuck") == [] }, "\((try? agent.held(by: "stuck")) ?? [])")
            #expect(try await eventually { try agent.phase("stuck") == "Succeeded" })
            try agent.remove("stuck")
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }
}

extension AgentProcess {
    fileprivate func directory(of pod: String) throws -> URL {
        root.appending(path: "pods").appending(path: try uid(pod) ?? "none")
    }

    fileprivate func names(_ folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// Containers that have something on the disk.
    fileprivate func layers(of pod: String) throws -> [String] {
        let folder = try directory(of: pod).appending(path: "containers")
        return names(folder).filter { !names(folder.appending(path: $0)).isEmpty }
    }

    /// Files but for the containers' own, mounts and cgroups.
    fileprivate func held(by pod: String) throws -> [String] {
        let uid = try uid(pod) ?? "none"
        let mounts = try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)
        let groups = try cgroups().map(\.path).filter { $0.contains(uid) }
        return names(try directory(of: pod)).filter { $0 != "containers" } + groups
            + mounts.split(separator: "\n").filter { $0.contains("\(uid)/") }.map(String.init)
    }
}
