import Foundation
import TestSupport
import Testing

/// Pods that another version of the built agent has started.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A pod of another version's` {
    private static func pod(_ folder: URL) -> (String, String) {
        lifePod(
            "old",
            """
            volumes: [{name: x, hostPath: {path: \(folder.path)}}]
            containers:
            - {name: app, image: IMAGE, command: [sh, -c, 'i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done']}
            - {name: other, image: IMAGE, command: [sh, -c, 'while [ ! -e /x/go ]; do sleep 0.1; done; rm /x/go; echo bye; exit 3'], volumeMounts: [{name: x, mountPath: /x}]}
            """)
    }

    @Test func `goes on, takes no commands, and is started anew as a whole when one of its containers is`() async throws
    {
        try await withAgent { agent in
            let folder = try agent.shared("old")
            try agent.write(Self.pod(folder))
            #expect(try await eventually { try agent.isRunning("old", "app") && agent.isRunning("old", "other") })
            let sandbox = agent.state.appending(path: "pods/\(try #require(try agent.uid("old")))/sandbox.json")
            func record() throws -> [String: Any]? {
                try JSONSerialization.jsonObject(with: Data(contentsOf: sandbox)) as? [String: Any]
            }
            let pids = try agent.pids("old")
            try await agent.kill(SIGKILL)
            var old = try #require(try record())
            let version = try #require(old["startVersion"] as? Int)
            old["startVersion"] = nil
            try JSONSerialization.data(withJSONObject: old).write(to: sandbox)
            try await agent.start()
            var refused = ""
            for _ in 0..<100 where !refused.contains("another version of swiftlet") {
                try await Task.sleep(for: .milliseconds(100))
                refused = try await agent.ask("exec", "old", "-c", "app", "--", "true").output
            }
            #expect(refused.contains("another version of swiftlet"), "\(refused)")
            // What runs goes on: its output is kept, and nobody was restarted.
            let written = try agent.log("old", "app").count
            #expect(try await eventually { try agent.log("old", "app").count > written })
            #expect(try Set(pids).subtracting(agent.pids("old")).count <= 2, "but for the shells' sleeps")
            #expect(try agent.restarts("old", "app") == 0 && record()?["attempt"] as? Int == 0)
            try Data().write(to: folder.appending(path: "go"))
            #expect(try await eventually { try agent.restarts("old", "other") == 1 && agent.isRunning("old", "other") })
            #expect(try agent.state("old", "other", of: "lastState")?.1["exitCode"] as? Int == 3)
            #expect(try agent.log("old", "other").hasSuffix(" bye\n"))
            #expect(try agent.restarts("old", "app") == 1 && agent.isRunning("old", "app"))
            #expect(try record()?["attempt"] as? Int == 1 && record()?["startVersion"] as? Int == version)
            #expect(try await agent.ask("exec", "old", "-c", "app", "--", "echo", "hi").output == "hi\n")
        }
    }
}
