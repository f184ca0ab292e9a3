import Foundation
import TestSupport
import Testing

/// What editors do to manifests, as the pods feel it.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A manifest` {
    @Test(arguments: [true, false])
    func `that is edited replaces its pod, which is given its time`(isRenamed: Bool) async throws {
        try await withAgent { agent in
            let story = agent.directory.appending(path: "story")
            try FileManager.default.createDirectory(at: story, withIntermediateDirectories: true)
            try agent.write(diary("web", of: "old", in: story))
            #expect(try await eventually { try agent.phase("web") == "Running" && told(story) == ["old starts"] })
            let uid = try #require(try agent.uid("web"))

            let (file, text) = diary("web", of: "new", in: story)
            if isRenamed {
                try agent.write(file, text)
            } else {
                try text.write(to: agent.manifests.appending(path: file), atomically: false, encoding: .utf8)
            }
            #expect(try await eventually { told(story).last == "new starts" })
            #expect(told(story) == ["old starts", "old is asked to leave", "old leaves", "new starts"])
            #expect(try await eventually { try agent.phase("web") == "Running" && agent.uid("web") != uid })
            #expect(try !agent.log().contains("did not leave in time"))
            #expect(try agent.leftovers().filter { $0.contains(uid) } == [])
        }
    }

    @Test func `that is half written changes nothing until it is whole`() async throws {
        try await withAgent { agent in
            let (file, text) = `The agent`.pod("web", command: "exec sleep 1000")
            try agent.write(file, text)
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let (uid, pids) = (try agent.uid("web"), try agent.pids("web"))
            let bytes = Data(text.replacingOccurrences(of: "sleep 1000", with: "sleep 2000").utf8)
            let handle = try FileHandle(forWritingTo: agent.manifests.appending(path: file))
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: bytes.prefix(bytes.count - 40))
            // Longer than a writer is waited for: now it is read, and is no pod.
            try await Task.sleep(for: .seconds(2))
            #expect(try agent.uid("web") == uid && agent.pids("web") == pids)
            try handle.write(contentsOf: bytes.suffix(40))
            try handle.close()
            #expect(
                try await eventually {
                    try agent.phase("web") == "Running" && agent.uid("web") != uid && !agent.pids("web").isEmpty
                })
            #expect(try agent.restarts("web") == 0)
        }
    }

    @Test(.needsPlugins, arguments: [true, false])
    func `that goes while its pod starts takes the pod with it`(hostNetwork: Bool) async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            for milliseconds in [0, 5, 10, 20, 40, 60, 80, 120, 160, 240, 320] {
                let name = "brief\(milliseconds)"
                try agent.write(`The agent`.pod(name, command: "exec sleep 1000", hostNetwork: hostNetwork))
                try await Task.sleep(for: .milliseconds(milliseconds))
                try agent.remove(name)
            }
            // Of one that went before it was seen nothing is told: the one after them shows that the agent has read all.
            try agent.write(`The agent`.pod("last", command: "exec sleep 1000", hostNetwork: hostNetwork))
            #expect(try await eventually { try agent.phase("last") == "Running" })
            try agent.remove("last")
            #expect(try await eventually { try agent.leftovers() == [] })
            // The last to go is the status file: it tells of a pod until nothing of it is left.
            for kind in ["lease", "root/ledger/network", "root/cni/results", "state/statuses", "container-logs"] {
                #expect(try await eventually { try agent.census().held[kind] == [] }, "\(kind)")
            }
            let census = try agent.census()
            #expect(census.held["process"]?.filter { $0.hasPrefix("shim ") || $0 == "pause" } == [])
            #expect(try !agent.log().contains("Shim does not listen"))
            // The next one of the name has nothing to fear of it.
            try agent.write(`The agent`.pod("brief0", command: "exec sleep 1000", hostNetwork: hostNetwork))
            #expect(try await eventually { try agent.phase("brief0") == "Running" })
        }
    }

    /// A pod that writes down how it fares, and takes a second to leave.
    private func diary(_ name: String, of author: String, in story: URL) -> (String, String) {
        let script = """
            trap "echo \(author) is asked to leave >>/story/text; sleep 1; echo \(author) leaves >>/story/text; exit" TERM
            echo \(author) starts >>/story/text
            sleep 1000 &
            wait
            """
        return lifePod(
            name, grace: 20,
            """
            volumes: [{name: story, hostPath: {path: \(story.path)}}]
            containers:
            - name: app
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              volumeMounts: [{name: story, mountPath: /story}]
              command: [sh, -c, '\(script.replacingOccurrences(of: "\n", with: "; ").replacingOccurrences(of: "&;", with: "&"))']
            """)
    }

    private func told(_ story: URL) -> [String] {
        let text = (try? String(contentsOf: story.appending(path: "text"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }
}
