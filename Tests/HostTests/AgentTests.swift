import Foundation
import TestSupport
import Testing

/// The built agent on this machine's kernel: manifests in, processes and statuses out.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent` {
    @Test func `runs a pod of the host's network, logs it and stops it with its manifest`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("web", command: "echo hello; exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            #expect(try await eventually { try agent.log("web", "app").hasSuffix(" stdout F hello\n") })
            let table = try await agent.ask("pods", "list")
            #expect(table.status == 0 && table.output.contains("web-node1") && table.output.contains("Running"))
            #expect(try await agent.ask("logs", "web").output == "hello\n")

            try agent.remove("web")
            #expect(try await eventually { try agent.status("web") == nil })
            #expect(try agent.leftovers() == [])
        }
    }

    @Test func `leaves containers alone when it is killed, and learns what happened meanwhile`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("web", command: "i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done"))
            try agent.write(Self.pod("job", command: "sleep 1; exit 7", restartPolicy: "Never"))
            #expect(try await eventually { try agent.phase("web") == "Running" && agent.phase("job") == "Running" })
            let before = try agent.pids("web")
            try await agent.kill(SIGKILL)
            try await Task.sleep(for: .seconds(2))
            try await agent.start()
            #expect(try await eventually { try agent.exitCode("job") == 7 })
            // The pause and the shell; what the shell starts comes and goes.
            #expect(Set(before).intersection(try agent.pids("web")).count == 2)
            #expect(try agent.restarts("web") == 0)
            let numbers = try agent.log("web", "app").split(separator: "\n").compactMap {
                Int($0.split(separator: " ")[3])
            }
            #expect(numbers == Array(0..<numbers.count), "the log has no gap")
        }
    }

    @Test func `has its directories for itself`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("web", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let second = try await run(agent.program.path, ["run"] + agent.options)
            #expect(second.status == 1 && second.output.contains("another agent runs: it holds"), "\(second.output)")
            #expect(try await agent.ask("pods", "list").output.contains("Running"))
        }
    }

    @Test func `restarts what exits, by the pod's policy`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("crash", command: "exit 3"))
            try agent.write(Self.pod("done", command: "exit 0", restartPolicy: "OnFailure"))
            #expect(try await eventually { try agent.phase("done") == "Succeeded" })
            #expect(try await eventually { try agent.waitingReason("crash") == "CrashLoopBackOff" })
            #expect(try await eventually(within: .seconds(30)) { try (agent.restarts("crash") ?? 0) >= 1 })
        }
    }

    @Test func `refuses what it cannot do, naming the field, and harms nothing else`() async throws {
        try await withAgent { agent in
            try agent.write(Self.pod("good", command: "exec sleep 1000"))
            try agent.write(
                "web.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: b, volumeDevices: [{name: x, devicePath: /x}]}]}"
            )
            try agent.write("binary.yaml", "\u{0}\u{1}\u{2}")
            #expect(try await eventually { try agent.phase("good") == "Running" })
            #expect(try await eventually { try agent.log().contains("spec.containers[0].volumeDevices") })
            #expect(try await eventually { try agent.log().contains("binary.yaml") })
        }
    }

    @Test func `gives a pod an address by the real plugins`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            try agent.write(Self.pod("server", command: "exec httpd -f -p 8080 -h /etc", hostNetwork: false))
            #expect(try await eventually { try agent.phase("server") == "Running" })
            let ip = try #require(try agent.podIP("server"))
            let page = try await run("busybox", ["wget", "-qO-", "http://\(ip):8080/hostname"])
            #expect(page.output.contains("server"), "\(page)")
            try agent.remove("server")
            #expect(try await eventually { try agent.status("server") == nil })
            #expect(try agent.leftovers() == [])
        }
    }

    /// - Parameter more: lines of the container.
    static func pod(
        _ name: String, command: String, restartPolicy: String = "Always", hostNetwork: Bool = true,
        hostUsers: Bool = true,
        grace: Int = 1, more: [String] = []
    ) -> (String, String) {
        (
            "\(name).yaml",
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              hostNetwork: \(hostNetwork)
              hostUsers: \(hostUsers)
              restartPolicy: \(restartPolicy)
              terminationGracePeriodSeconds: \(grace)
              containers:
              - name: app
                image: \(BusyboxImage.name)
                imagePullPolicy: Never
                command: [sh, -c, '\(command)']
                \(more.joined(separator: "\n    "))

            """
        )
    }
}
