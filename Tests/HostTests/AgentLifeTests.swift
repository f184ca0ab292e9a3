import Foundation
import TestSupport
import Testing

/// A pod's life with real containers: what precedes, accompanies, follows and inspects it.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `A pod's whole life` {
    @Test func `begins with its init containers in order and ends with its sidecars in reverse`() async throws {
        try await withAgent { agent in
            let folder = try agent.shared("order")
            let say = "trap \"echo -NAME >>/x/o; exit 0\" TERM; echo +NAME >>/x/o; while :; do sleep 0.05; done"
            func staying(_ name: String) -> String { say.replacingOccurrences(of: "NAME", with: name) }
            try agent.write(
                lifePod(
                    "order",
                    """
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    initContainers:
                    - {name: one, image: IMAGE, command: [sh, -c, 'echo +one >>/x/o; sleep 0.5; echo -one >>/x/o'], volumeMounts: [{name: x, mountPath: /x}]}
                    - {name: side1, image: IMAGE, restartPolicy: Always, command: [sh, -c, '\(staying("side1"))'], volumeMounts: [{name: x, mountPath: /x}]}
                    - {name: two, image: IMAGE, command: [sh, -c, 'sleep 0.5; echo +two >>/x/o'], volumeMounts: [{name: x, mountPath: /x}]}
                    - {name: side2, image: IMAGE, restartPolicy: Always, command: [sh, -c, 'sleep 0.3; \(staying("side2"))'], volumeMounts: [{name: x, mountPath: /x}]}
                    containers:
                    - {name: app, image: IMAGE, command: [sh, -c, 'sleep 0.6; \(staying("app"))'], volumeMounts: [{name: x, mountPath: /x}]}
                    """))
            #expect(try await eventually { try agent.state("order", "one")?.kind == "running" })
            #expect(try agent.phase("order") == "Pending")
            #expect(try agent.reason("order", "app") == "PodInitializing")
            #expect(try agent.condition("order", "Initialized")?["reason"] as? String == "ContainersNotInitialized")
            #expect(
                try agent.condition("order", "Initialized")?["message"] as? String
                    == "containers with incomplete status: [one side1 two side2]")
            let file = folder.appending(path: "o")
            #expect(
                try await eventually { agent.lines(file) == ["+one", "-one", "+side1", "+two", "+side2", "+app"] },
                "\(agent.lines(file))")
            #expect(try await eventually { try agent.phase("order") == "Running" })
            #expect(try agent.condition("order", "Initialized")?["status"] as? String == "True")
            #expect(try agent.condition("order", "Ready")?["status"] as? String == "True")
            #expect(try agent.reason("order", "one") == "Completed")
            try agent.remove("order")
            #expect(try await eventually { try agent.status("order") == nil })
            #expect(agent.lines(file).suffix(3) == ["-app", "-side2", "-side1"])
        }
    }

    @Test func `tries init containers again, or fails with them, as its policy says`() async throws {
        try await withAgent(configuration: "crashLoopBackOff: {maxContainerRestartPeriod: 1s}") { agent in
            let spec = """
                initContainers: [{name: i, image: IMAGE, command: [sh, -c, 'exit 4']}]
                containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]
                """
            try agent.write(lifePod("never", policy: "Never", spec))
            try agent.write(lifePod("again", policy: "OnFailure", spec))
            let folder = try agent.shared("job")
            try agent.write(
                lifePod(
                    "job", policy: "Never",
                    """
                    initContainers: [{name: side, image: IMAGE, restartPolicy: Always, command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.05; done']}]
                    containers: [{name: app, image: IMAGE, command: [sh, -c, 'sleep 0.3']}]
                    """))
            _ = folder
            #expect(try await eventually { try agent.phase("never") == "Failed" })
            #expect(try agent.state("never", "i")?.1["exitCode"] as? Int == 4)
            #expect(try await eventually { try agent.phase("job") == "Succeeded" }, "a sidecar does not keep a job")
            #expect(try agent.condition("job", "Initialized")?["reason"] as? String == "PodCompleted")
            // The configured longest wait is kept: three restarts take no longer than three of it.
            #expect(try await eventually(within: .seconds(8)) { try agent.restarts("again", "i") >= 3 })
            #expect(try agent.phase("again") == "Pending")
            #expect(try agent.reason("again", "i") == "CrashLoopBackOff" || agent.reason("again", "i") == nil)
        }
    }

    @Test func `restarts one container by its rules, or all of them`() async throws {
        try await withAgent(configuration: "crashLoopBackOff: {maxContainerRestartPeriod: 1s}") { agent in
            let folder = try agent.shared("rules")
            try agent.write(
                lifePod(
                    "rules", policy: "Never",
                    """
                    containers:
                    - {name: stays, image: IMAGE, command: [sleep, '1000']}
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'if [ -e /x/once ]; then exit 5; fi; touch /x/once; exit 42']
                      restartPolicy: Never
                      restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]
                      volumeMounts: [{name: x, mountPath: /x}]
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    """))
            try agent.write(
                lifePod(
                    "all", policy: "Never",
                    """
                    initContainers: [{name: i, image: IMAGE, command: [sh, -c, 'echo i >>/x/runs'], volumeMounts: [{name: x, mountPath: /x}]}]
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'sleep 0.3; if [ -e /x/all ]; then exec sleep 1000; fi; touch /x/all; exit 7']
                      restartPolicy: Never
                      restartPolicyRules: [{action: RestartAllContainers, exitCodes: {operator: NotIn, values: [0]}}]
                      volumeMounts: [{name: x, mountPath: /x}]
                    - {name: other, image: IMAGE, command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.05; done']}
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    """))
            #expect(try await eventually { try agent.state("rules", "app")?.1["exitCode"] as? Int == 5 })
            #expect(try agent.restarts("rules", "app") == 1 && agent.restarts("rules", "stays") == 0)
            #expect(try agent.state("rules", "app", of: "lastState")?.1["exitCode"] as? Int == 42)
            #expect(try await eventually { try agent.restarts("all", "app") == 1 && agent.isRunning("all", "app") })
            #expect(try await eventually { try agent.restarts("all", "other") == 1 && agent.isRunning("all", "other") })
            #expect(try agent.restarts("all", "i") == 1)
            #expect(agent.lines(folder.appending(path: "runs")) == ["i", "i"])
        }
    }

    @Test func `runs hooks at both ends, and kills a container whose first one fails`() async throws {
        try await withAgent(configuration: "crashLoopBackOff: {maxContainerRestartPeriod: 1s}") { agent in
            let folder = try agent.shared("hooks")
            try agent.write(
                lifePod(
                    "hooks",
                    """
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'trap "echo term >>/x/o; exit 0" TERM; while :; do sleep 0.05; done']
                      lifecycle:
                        postStart: {exec: {command: [sh, -c, 'sleep 0.5; echo post >>/x/o']}}
                        preStop: {exec: {command: [sh, -c, 'echo pre >>/x/o; sleep 0.3; echo pre2 >>/x/o']}}
                      volumeMounts: [{name: x, mountPath: /x}]
                    - {name: next, image: IMAGE, command: [sh, -c, 'echo next >>/x/o; exec sleep 1000'], volumeMounts: [{name: x, mountPath: /x}]}
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    """))
            try agent.write(
                lifePod(
                    "bad",
                    """
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.05; done']
                      lifecycle: {postStart: {exec: {command: [sh, -c, 'echo why; exit 9']}}}
                    """))
            let file = folder.appending(path: "o")
            #expect(try await eventually { try agent.phase("hooks") == "Running" })
            #expect(agent.lines(file) == ["post", "next"], "the next one waits for the hook: \(agent.lines(file))")
            #expect(try await eventually { try agent.reason("bad", "app") == "PostStartHookError" })
            let message = try agent.state("bad", "app")?.1["message"] as? String ?? ""
            #expect(
                message.hasPrefix("Exec lifecycle hook ([sh -c echo why; exit 9]) for Container \"app\" in Pod \"bad"))
            #expect(message.hasSuffix("exited with 9: why\n, message: \"why\n\""), "\(message)")
            try await agent.expectEvent("FailedPostStartHook", of: "bad")
            try agent.remove("hooks")
            #expect(try await eventually { try agent.status("hooks") == nil })
            #expect(agent.lines(file).suffix(3) == ["pre", "pre2", "term"], "\(agent.lines(file))")
        }
    }

    @Test func `asks a server, sleeps, and signals as it is told`() async throws {
        try await withAgent { agent in
            let folder = try agent.shared("http")
            let port = 20000 + Int.random(in: 0..<10000)
            try agent.write(
                lifePod(
                    "http",
                    """
                    os: {name: linux}
                    volumes: [{name: x, hostPath: {path: \(folder.path)}}]
                    initContainers:
                    - name: server
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      restartPolicy: Always
                      command: [httpd, -f, -vv, -p, '\(port)', -h, /tmp]
                    containers:
                    - name: app
                      image: \(BusyboxImage.name)
                      imagePullPolicy: Never
                      command: [sh, -c, 'trap "echo usr1 >>/x/o; exit 0" USR1; while :; do sleep 0.05; done']
                      lifecycle:
                        stopSignal: SIGUSR1
                        postStart: {httpGet: {port: \(port), path: /missing, host: 127.0.0.1}}
                        preStop: {sleep: {seconds: 1}}
                      volumeMounts: [{name: x, mountPath: /x}]
                    """))
            #expect(try await eventually { try agent.phase("http") == "Running" }, "any answer is success")
            #expect(try await eventually { try agent.log("http", "server").contains("response:404") })
            #expect(try agent.containerStatus("http", "app")?["stopSignal"] as? String == "SIGUSR1")
            let begin = ContinuousClock.now
            try agent.remove("http")
            #expect(try await eventually { agent.lines(folder.appending(path: "o")) == ["usr1"] })
            let time = ContinuousClock.now - begin
            #expect(time > .milliseconds(950) && time < .seconds(4), "\(time)")
        }
    }

    @Test func `ends at its deadline, and keeps to it when the agent is killed`() async throws {
        try await withAgent { agent in
            let trapping = "trap \"exit 0\" TERM; while :; do sleep 0.05; done"
            try agent.write(
                lifePod(
                    "late",
                    """
                    activeDeadlineSeconds: 3
                    containers: [{name: app, image: IMAGE, command: [sh, -c, '\(trapping)']}]
                    """))
            #expect(try await eventually { try agent.phase("late") == "Running" })
            let started = try agent.status("late")?["startTime"] as? String
            try await Task.sleep(for: .seconds(1))
            try await agent.kill(SIGKILL)
            try await agent.start()
            let begin = ContinuousClock.now
            #expect(try await eventually { try agent.phase("late") == "Failed" })
            #expect(ContinuousClock.now - begin < .seconds(4))
            #expect(try agent.status("late")?["reason"] as? String == "DeadlineExceeded")
            #expect(
                try agent.status("late")?["message"] as? String
                    == "Pod was active on the node longer than the specified deadline")
            #expect(try agent.status("late")?["startTime"] as? String == started)
            #expect(try agent.pids("late") == [])
        }
    }

    @Test func `gets other amounts of cpu and memory without a restart, or with one where it asks for that`()
        async throws
    {
        try await withAgent { agent in
            func write(_ cpu: String, _ memory: String) throws {
                try agent.write(
                    lifePod(
                        "size",
                        """
                        containers:
                        - name: app
                          image: \(BusyboxImage.name)
                          imagePullPolicy: Never
                          command: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 0.05; done']
                          resources: {requests: {cpu: \(cpu), memory: \(memory)}}
                          resizePolicy: [{resourceName: memory, restartPolicy: RestartContainer}]
                        """))
            }
            func allocated(_ name: String) throws -> String? {
                (try agent.containerStatus("size", "app")?["allocatedResources"] as? [String: Any])?[name] as? String
            }
            func requested(_ name: String) throws -> String? {
                let resources = try agent.containerStatus("size", "app")?["resources"] as? [String: Any]
                return (resources?["requests"] as? [String: Any])?[name] as? String
            }
            try write("100m", "64Mi")
            #expect(try await eventually { try agent.phase("size") == "Running" })
            let (uid, pids) = (try agent.uid("size"), try agent.pids("size").prefix(2))
            try write("200m", "64Mi")
            #expect(try await eventually { try requested("cpu") == "200m" && allocated("cpu") == "200m" })
            #expect(try agent.uid("size") == uid && agent.restarts("size") == 0)
            #expect(try agent.pids("size").prefix(2) == pids)
            try await agent.expectEvent("ResizeCompleted", of: "size")
            try write("200m", "128Mi")
            #expect(try await eventually { try agent.restarts("size") == 1 && agent.isRunning("size", "app") })
            #expect(try agent.uid("size") == uid)
        }
    }

    @Test func `is looked into with another container, which sees its processes`() async throws {
        try await withAgent { agent in
            try agent.write(
                lifePod("web", "containers: [{name: app, image: IMAGE, command: [sleep, '4711']}]"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let debug = try await agent.ask(
                "debug", "web", "--image", BusyboxImage.name, "--target", "app", "--container", "look", "--", "sh",
                "-c",
                "ps; sleep 1000")
            #expect(debug.status == 0, "\(debug.output)")
            #expect(try await eventually { try agent.isRunning("web", "look") })
            #expect(try await eventually { try agent.log("web", "look").contains("sleep 4711") })
            let pids = try agent.pids("web").count
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { agent.listens })
            try await Task.sleep(for: .seconds(1))
            #expect(
                try agent.pids("web").count == pids && agent.isRunning("web", "look"), "it is kept by the next agent")
            #expect(try agent.restarts("web", "app") == 0)
            let attached = try await agent.ask(
                "debug", "web", "--image", BusyboxImage.name, "-i", "--", "sh", "-c", "echo seen; exit 3")
            #expect(attached.status == 3 && attached.output.contains("seen"), "\(attached)")
            if attached.status != 3 { print(try agent.log()) }
        }
    }
}
