import Foundation
import TestSupport
import Testing

/// What a node's configuration and its runtime classes make of pods, with real containers.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `A runtime class` {
    private func runtimeClass(_ name: String, handler: String) -> String {
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: \(name)}
        handler: \(handler)
        overhead: {podFixed: {cpu: 10m, memory: 1Mi}}
        """
    }

    private func pod(_ name: String, _ runtimeClass: String) -> (String, String) {
        lifePod(
            name,
            "runtimeClassName: \(runtimeClass)\ncontainers: [{name: app, image: IMAGE, command: [sleep, '1000']}]")
    }

    @Test func `is run by the built-in runtime, or says why it is not`() async throws {
        try await withAgent { agent in
            try agent.write("a-class.yaml", runtimeClass("own", handler: "swiftlet"))
            try agent.write("a-vm.yaml", runtimeClass("vm", handler: "kata"))
            for (name, runtimeClass) in [("web", "own"), ("guest", "vm"), ("early", "late")] {
                try agent.write(pod(name, runtimeClass))
            }
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(
                try await eventually {
                    try agent.waitingMessage("guest")?.contains("no runtime for \"kata\" is configured") == true
                })
            #expect(
                try await eventually {
                    try agent.waitingMessage("early")?.contains("runtimeclass.node.k8s.io \"late\" not found") == true
                })
            try await agent.expectEvent("FailedCreatePodSandBox", of: "guest")
            // Objects that come are waited for.
            try agent.write("z-late.yaml", runtimeClass("late", handler: "swiftlet"))
            #expect(try await eventually { try agent.phase("early") == "Running" })
        }
    }

    @Test func `of a program that is not there keeps the agent from starting`() async throws {
        let agent = try AgentProcess(options: ["--runtime-handler", "kata=/usr/bin/no-runtime"])
        try await agent.start()
        #expect(
            try await eventually {
                try agent.log().contains("runtime handler kata: /usr/bin/no-runtime is no program")
            })
        try await agent.takeDown()
    }
}

/// Pods whose class stands for an OCI runtime of another's: Debian's crun and runc.
@Suite(.tags(.host), .needsRoot, .needsPlugins, .serialized, .timeLimit(.minutes(5)))
struct `A pod of another runtime` {
    private static let runtimes = ["crun", "runc"]

    private func pod(_ name: String, grace: Int = 2, policy: String = "Always", _ spec: String) -> (String, String) {
        var pod = lifePod(name, grace: grace, policy: policy, "runtimeClassName: other\n" + spec)
        pod.1 = pod.1.replacing("  hostNetwork: true\n", with: "")
        return pod
    }

    private func withRuntime(_ runtime: String, _ body: (AgentProcess) async throws -> Void) async throws {
        try await withRuntime(path: "/usr/bin/\(runtime)", body)
    }

    private func withRuntime(path: String, _ body: (AgentProcess) async throws -> Void) async throws {
        try await withAgent(
            options: ["--runtime-handler", "other=\(path)"],
            prepare: { agent in
                try agent.writeNetwork()
                try agent.write(
                    "a-class.yaml",
                    "{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: other}, handler: other}")
            }, body)
    }

    @Test(arguments: runtimes)
    func `is what its spec says, like any other`(runtime: String) async throws {
        try await withRuntime(runtime) { agent in
            let folder = try agent.shared("shared")
            try agent.write(
                pod(
                    "web",
                    """
                    hostname: inside
                    shareProcessNamespace: true
                    securityContext: {fsGroup: 77, supplementalGroups: [78]}
                    volumes: [{name: shared, hostPath: {path: "\(folder.path)"}}]
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'id -u; id -G; hostname; echo $COLOUR; cat /etc/hostname; cat /proc/1/comm; grep -c . /etc/resolv.conf >/dev/null && echo resolv; cat /proc/self/oom_score_adj; grep NoNewPrivs /proc/self/status; touch /f 2>/dev/null || echo read-only; echo mine >/shared/file; exec sleep 1000']
                      env: [{name: COLOUR, value: blue}]
                      volumeMounts: [{name: shared, mountPath: /shared}]
                      resources: {requests: {memory: 16Mi}, limits: {memory: 32Mi}}
                      securityContext: {runAsUser: 1234, runAsGroup: 5, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}
                    """))
            try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
            let runs = try await eventually { try agent.phase("web") == "Running" }
            try #require(runs, "\(try? agent.log().suffix(2000))")
            let said = try await eventually { try agent.log("web", "app").contains("read-only") }
            let lines = try agent.log("web", "app").split(separator: "\n").map {
                String($0.split(separator: " ", maxSplits: 3).last ?? "")
            }
            let log = try agent.log().suffix(2000)
            #expect(said, "\(lines) \(log)")
            #expect(lines.prefix(6) == ["1234", "5 77 78", "inside", "blue", "inside", "pause"], "\(lines)")
            #expect(lines.contains("NoNewPrivs:\t1"))
            #expect(try await eventually { agent.lines(folder.appending(path: "file")) == ["mine"] })
            // A command beside it is of the same kind, and ends as it says.
            let beside = try await agent.ask("exec", "web", "--", "sh", "-c", "id -u; hostname; exit 7")
            #expect(beside.status == 7 && beside.output == "1234\ninside\n", "\(beside)")
            let missing = try await agent.ask("exec", "web", "--", "no-such-program")
            #expect(missing.status != 0 && missing.output.contains("no-such-program"), "\(missing)")
            // crun gives the streams of a container to its user: the machine's null device is not among them.
            #expect(try FileManager.default.attributesOfItem(atPath: "/dev/null")[.ownerAccountID] as? Int == 0)
            // The agent is replaced, and the container is still its own.
            let before = try agent.pids("web")
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { agent.listens })
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(try agent.pids("web") == before)
            #expect(try agent.restarts("web", "app") == 0)
        }
    }

    @Test(arguments: runtimes)
    func `restarts, is asked to leave, and leaves nothing`(runtime: String) async throws {
        try await withRuntime(runtime) { agent in
            func comeAndGo() async throws {
                try agent.write(
                    pod(
                        "crash", policy: "OnFailure",
                        """
                        containers:
                        - name: app
                          image: \(BusyboxImage.name)
                          imagePullPolicy: Never
                          command: [sh, -c, 'test -e /dev/termination-log && echo bye >/dev/termination-log; exit 3']
                        """))
                try agent.write(
                    pod(
                        "polite", grace: 30,
                        """
                        containers:
                        - name: app
                          image: \(BusyboxImage.name)
                          imagePullPolicy: Never
                          command: [sh, -c, 'trap "echo asked; exit 0" TERM; echo ready; sleep 1000 & wait']
                          livenessProbe: {exec: {command: [test, -e, /bin/sh]}, periodSeconds: 1}
                        """))
                try agent.write(
                    pod(
                        "broken", "containers: [{name: app, image: IMAGE, command: [/no-such-program]}]"))
                let restarts = try await eventually { try agent.restarts("crash", "app") >= 1 }
                #expect(restarts, "\(try? agent.log().suffix(5000))")
                let last = try agent.state("crash", "app", of: "lastState")?.1
                #expect(last?["exitCode"] as? Int == 3 && last?["message"] as? String == "bye\n", "\(last ?? [:])")
                #expect(
                    try await eventually {
                        try agent.state("broken", "app")?.1["message"].map { "\($0)".contains("no-such-program") }
                            ?? false
                    })
                #expect(try await eventually { try agent.log("polite", "app").contains("ready") })
                let began = ContinuousClock.now
                for name in ["crash", "polite", "broken"] { try agent.remove(name) }
                #expect(try await eventually { try agent.leftovers() == [] })
                #expect(ContinuousClock.now - began < .seconds(15), "it left when it was asked")
            }
            try await comeAndGo()
            let before = try agent.census()
            try await comeAndGo()
            #expect(try await eventually { try agent.census().difference(from: before) == [] })
            #expect(try agent.census().difference(from: before) == [])
            let known = try FileManager.default.contentsOfDirectory(
                atPath: agent.state.appending(path: "runtimes/other").path)
            #expect(known == [])
        }
    }

    /// A runtime that takes its time: the agent is gone before there is a container.
    @Test func `is taken over by the next agent though it was not there yet`() async throws {
        let slow = FileManager.default.temporaryDirectory.appending(path: "slow-\(UInt32.random(in: 0 ... .max))")
        try "#!/bin/sh\ncase \"$*\" in *' run '*) sleep 1; esac\nexec /usr/bin/crun \"$@\"\n".write(
            to: slow, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: slow.path)
        defer { try? FileManager.default.removeItem(at: slow) }
        try await withRuntime(path: slow.path) { agent in
            let folder = try agent.shared("shared")
            let script = "trap 'echo asked >/shared/said; exit 0' TERM; echo began; sleep 1000 & wait"
            try agent.write(
                pod(
                    "web", grace: 30,
                    """
                    volumes: [{name: shared, hostPath: {path: "\(folder.path)"}}]
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, "\(script)"]
                      volumeMounts: [{name: shared, mountPath: /shared}]
                    """))
            #expect(try await eventually { try agent.log().contains("Sandbox created") })
            try await Task.sleep(for: .milliseconds(400))
            #expect(try agent.log("web", "app").isEmpty, "it has not begun")
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(try await eventually { try agent.log("web", "app").contains("began") })
            #expect(try agent.restarts("web", "app") == 0)
            try agent.remove("web")
            #expect(try await eventually { try agent.leftovers() == [] })
            #expect(agent.lines(folder.appending(path: "said")) == ["asked"], "it was known well enough to be asked")
        }
    }

    @Test(arguments: runtimes)
    func `has a terminal where the pod asks for one`(runtime: String) async throws {
        try await withRuntime(runtime) { agent in
            let stays = "{name: stays, image: IMAGE, tty: true, command: [sh, -c, 'tty; echo $TERM; sleep 1000']}"
            let ends = "{name: ends, image: IMAGE, tty: true, command: [sh, -c, 'tty; echo last; exit 3']}"
            try agent.write(pod("web", policy: "Never", "containers: [\(stays), \(ends)]"))
            #expect(try await eventually { try agent.log("web", "stays").contains("xterm") })
            #expect(try agent.log("web", "stays").contains("/dev/pts/0"))
            #expect(try await eventually { try agent.state("web", "ends")?.1["exitCode"] as? Int == 3 })
            #expect(try agent.log("web", "ends").contains("last"))
            try agent.remove("web")
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }

    @Test(arguments: runtimes)
    func `has a terminal for whoever looks inside`(runtime: String) async throws {
        try await withRuntime(runtime) { agent in
            try agent.write(pod("web", "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let command = "SWIFTLET_STATE_DIR=\(agent.state.path) \(agent.program.path) exec -it web -- sh"
            let typed = try await run(
                "sh",
                [
                    "-c",
                    "printf 'stty -echo; tty; exit 3\\n' | script -qec 'stty rows 33 cols 99; \(command)' /dev/null",
                ])
            #expect(typed.status == 3 && typed.output.contains("/dev/pts/"), "\(typed)")
        }
    }
}
