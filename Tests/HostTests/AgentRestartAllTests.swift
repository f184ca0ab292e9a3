import Foundation
import TestSupport
import Testing

/// Agents that end while all of a pod's containers start anew.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A pod that starts anew as a whole` {
    /// Its first life ends `seconds` after all have begun; one of its containers does not listen to signals, and is
    /// killed after 2 s.
    private func pod(_ name: String, after seconds: Double, in folder: URL) -> (String, String) {
        func container(_ name: String, _ command: String, _ more: String = "") -> String {
            """
            - name: \(name)
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              command: [sh, -c, 'echo +\(name) >>/x/o; \(command)']
              volumeMounts: [{name: x, mountPath: /x}]\(more.isEmpty ? "" : "\n  \(more)")
            """
        }
        let first = "touch /x/again; until grep -q deaf /x/o; do sleep 0.05; done; sleep \(seconds); exit 42"
        let rule = "restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: In, values: [42]}}]"
        return lifePod(
            name, policy: "Never",
            """
            volumes: [{name: x, hostPath: {path: \(folder.path)}}]
            initContainers:
            \(container("init", "true"))
            containers:
            \(container("app", "[ -e /x/again ] && exec sleep 1000; \(first)", "restartPolicy: Never\n  \(rule)"))
            \(container("deaf", #"trap "" TERM; while :; do sleep 0.05; done"#))
            """)
    }

    @Test func `does so once, whenever the agent ends`() async throws {
        try await withAgent { agent in
            let names = (0..<6).map { "anew\($0)" }
            for (index, name) in names.enumerated() {
                try agent.write(pod(name, after: 1 + 0.4 * Double(index), in: try agent.shared(name)))
            }
            for milliseconds in [1200, 900, 600, 700] {
                try await Task.sleep(for: .milliseconds(milliseconds))
                try await agent.kill(SIGKILL)
                try await agent.start()
            }
            let life = ["+init", "+app", "+deaf"]
            for name in names {
                func lines() -> [String] { agent.lines(agent.directory.appending(path: "\(name)/o")) }
                #expect(
                    try await eventually {
                        try ["app", "deaf"].allSatisfy {
                            try agent.restarts(name, $0) == 1 && agent.isRunning(name, $0)
                        }
                    }, "\(lines())")
                #expect(try agent.restarts(name, "init") == 1)
                // Containers that begin one after the other may be late with their first line.
                #expect(lines().count == 6 && lines().prefix(3).sorted() == life.sorted(), "\(name): \(lines())")
                #expect(lines().suffix(3).first == "+init", "\(name): \(lines())")
                #expect(try agent.condition(name, "AllContainersRestarting") == nil)
                #expect(try agent.phase(name) == "Running")
            }
        }
    }
}
