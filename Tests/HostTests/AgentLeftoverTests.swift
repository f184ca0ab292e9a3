import Foundation
import TestSupport
import Testing

/// What becomes of pods whose manifests went while no agent ran.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A pod that nobody wants any more` {
    private func pod(_ folder: URL, version: Int = 1) -> (String, String) {
        func staying(_ name: String) -> String {
            "trap \"echo -\(name) >>/x/o; exit 0\" TERM; echo +\(name) >>/x/o; while :; do sleep 0.05; done"
        }
        return lifePod(
            "left", grace: 20,
            """
            volumes: [{name: x, hostPath: {path: \(folder.path)}}]
            initContainers:
            - {name: one, image: IMAGE, restartPolicy: Always, command: [sh, -c, '\(staying("one"))'], volumeMounts: [{name: x, mountPath: /x}]}
            - {name: two, image: IMAGE, restartPolicy: Always, command: [sh, -c, '\(staying("two"))'], volumeMounts: [{name: x, mountPath: /x}]}
            containers:
            - name: app
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              env: [{name: WORD, value: hook\(version)}]
              command: [sh, -c, '\(staying("app"))']
              lifecycle: {preStop: {exec: {command: [sh, -c, 'echo $WORD >>/x/o; sleep 1; echo done >>/x/o']}}}
              volumeMounts: [{name: x, mountPath: /x}]
            """)
    }

    @Test func `ends in order and with its hooks, whether it is gone or another`() async throws {
        try await withAgent { agent in
            let folder = try agent.shared("left")
            let file = folder.appending(path: "o")
            let (begin, end) = (["+one", "+two", "+app"], ["done", "-app", "-two", "-one"])
            try agent.write(pod(folder))
            #expect(try await eventually { try agent.isRunning("left", "app") && agent.lines(file) == begin })
            try await agent.kill(SIGKILL)
            try agent.write(pod(folder, version: 2))
            try await agent.start()
            let all = begin + ["hook1"] + end + begin
            #expect(
                try await eventually { try agent.isRunning("left", "app") && agent.lines(file) == all },
                "\(agent.lines(file))")
            try await agent.kill(SIGKILL)
            try agent.remove("left")
            try await agent.start()
            #expect(
                try await eventually { agent.lines(file) == all + ["hook2"] + end }, "\(agent.lines(file))")
            #expect(try await eventually { try agent.status("left") == nil })
        }
    }

    @Test func `has its own grace, over a second end of the agent`() async throws {
        try await withAgent { agent in
            let folder = try agent.shared("slow")
            let file = folder.appending(path: "o")
            try agent.write(
                lifePod(
                    "slow", grace: 6,
                    """
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'trap "echo term >>/x/o" TERM; while :; do sleep 0.05; done']
                      lifecycle: {preStop: {exec: {command: [sh, -c, 'echo hook >>/x/o; sleep 2']}}}
                      volumeMounts: [{name: x, mountPath: /x}]
                    """))
            #expect(try await eventually { try agent.isRunning("slow", "app") })
            try await agent.kill(SIGKILL)
            try agent.remove("slow")
            try await agent.start()
            #expect(try await eventually { agent.lines(file) == ["hook"] })
            let began = Date()
            #expect(try await eventually { agent.lines(file) == ["hook", "term"] })
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { try agent.status("slow") == nil })
            let lasted = Date().timeIntervalSince(began)
            #expect(lasted > 5 && lasted < 10, "\(lasted)")
            #expect(agent.lines(file).filter { $0 == "hook" }.count == 1, "\(agent.lines(file))")
        }
    }
}
