import Foundation
import Linux
import Server
import SystemPackage
import TestSupport
import Testing

/// Commands run in the containers of the built agent, by its command line and by its control socket.
@Suite(.needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A command run in a container` {
    /// Of pods with the host's users, and with their own.
    @Test(arguments: [true, false])
    func `is the container's in every respect, and tells how it ended`(hostUsers: Bool) async throws {
        try await withPod(hostUsers: hostUsers) { agent in
            let both = try await agent.ask("exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 5")
            #expect(both.status == 5 && both.output.contains("out\n") && both.output.contains("err\n"))
            let killed = try await agent.ask("exec", "web", "--", "sh", "-c", "kill -9 $$")
            #expect(killed.status == 137)
            // Namespaces, cgroup, rights, limits, environment and place: line by line what the first process wrote.
            let same = try await agent.ask("exec", "web", "--", "sh", "-c", Self.look)
            #expect(same.output.split(separator: "\n").count > 15)
            let first = try await agent.ask("logs", "web")
            #expect(same.output == first.output)
            let missing = try await agent.ask("exec", "web", "--", "no-such-program")
            #expect(missing.status == 1)
            #expect(
                missing.output
                    == "Error: exec in container app: execute no-such-program: look up in PATH: No such file or directory\n"
            )
        }
    }

    @Test func `reads what it is given, however much and slowly`() async throws {
        try await withPod { agent in
            let command = "SWIFTLET_STATE_DIR=\(agent.state.path) \(agent.program.path) exec -i web --"
            let empty = try await run("sh", ["-c", "\(command) wc -c </dev/null"])
            #expect(empty.output == "0\n")
            let file = try await run(
                "sh",
                [
                    "-c",
                    "head -c 10000000 /dev/zero >\(agent.directory.path)/z; \(command) wc -c <\(agent.directory.path)/z",
                ])
            #expect(file.output == "10000000\n")
            let slow = try await run(
                "sh", ["-c", "head -c 10000000 /dev/zero | \(command) sh -c 'sleep 0.5; cat' | (sleep 0.5; wc -c)"])
            #expect(slow.output == "10000000\n")
            // Without -i there is no input to wait for.
            #expect(try await agent.ask("exec", "web", "--", "cat").status == 0)
        }
    }

    @Test(arguments: [true, false])
    func `has a terminal of the container's if it asks for one`(hostUsers: Bool) async throws {
        try await withPod(hostUsers: hostUsers) { agent in
            // script(1) gives the command line a terminal of its own, whose keys are what it reads.
            let command = "SWIFTLET_STATE_DIR=\(agent.state.path) \(agent.program.path) exec -it web -- sh"
            let text = "stty -echo; tty; stty size; id -u; exit 3\n"
            let typed = try await run(
                "sh",
                [
                    "-c",
                    "printf '\(text.replacing("\n", with: "\\n"))' | script -qec 'stty rows 33 cols 99; \(command)' /dev/null",
                ])
            #expect(typed.status == 3, "\(typed)")
            #expect(typed.output.contains("/dev/pts/0") && typed.output.contains("33 99"), "\(typed)")
            #expect(typed.output.contains("1000"))
            #expect(try await eventually { try agent.pids("web").count <= 3 })
        }
    }

    @Test func `ends when whoever asked has gone`() async throws {
        try await withPod { agent in
            let before = try agent.pids("web").count
            let command = "SWIFTLET_STATE_DIR=\(agent.state.path) \(agent.program.path) exec web -- sleep 1000"
            _ = try await run("timeout", ["-s", "KILL", "1", "sh", "-c", "exec env \(command)"])
            #expect(try await eventually { try agent.pids("web").count == before })
            #expect(try await agent.ask("exec", "web", "--", "true").status == 0)
        }
    }

    @Test(arguments: [true, false])
    func `leaves nothing, a thousand times over`(hostUsers: Bool) async throws {
        try await withPod(hostUsers: hostUsers) { agent in
            let client = ControlClient(socket: FilePath("\(agent.state.path)/control.sock"))
            let request = ExecRequest(pod: PodName(name: "web"), command: ["sh", "-c", "echo x; echo y >&2"])
            func exec() async throws -> Int32 {
                try await client.exec(.exec(request), feed: { _ in }, onOutput: { _ in }, onErrors: { _ in }).code
            }
            func four() async throws {
                try await withThrowingTaskGroup(of: Int32.self) { group in
                    for _ in 0..<4 { group.addTask { try await exec() } }
                    for try await code in group { #expect(code == 0) }
                }
            }
            // What is made once, for the first that come together, stays.
            try await four()
            let before = try await Held.settled(agent)
            for _ in 0..<250 { try await four() }
            #expect(try await eventually { try !Held(agent).exceeds(before) }, "\(before) \((try? Held(agent)) as Any)")
        }
    }

    /// What a process is: its namespaces but for the thread's own, its cgroup, rights, limits, environment and place.
    private static let look = """
        for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; \
        grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status; cat /proc/self/oom_score_adj; \
        cat /proc/self/limits /proc/self/uid_map; umask; pwd; env | grep -v SHLVL | sort
        """

    private func withPod(hostUsers: Bool = true, _ body: (AgentProcess) async throws -> Void) async throws {
        // The kubelet's ports, which nobody asks here, are listened at some time after the start, and later where another's
        // agent is just leaving them: what is held is not known before that.
        let settings = "enableServer: false\nhealthzPort: 0\n"
        try await withAgent(configuration: settings, prepare: { try $0.writeNetwork() }) { agent in
            try agent.write(
                "web.yaml",
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: web}
                spec:
                  hostUsers: \(hostUsers)
                  terminationGracePeriodSeconds: 1
                  securityContext: {seccompProfile: {type: RuntimeDefault}, supplementalGroups: [7]}
                  containers:
                  - name: app
                    image: \(BusyboxImage.name)
                    command: [sh, -c, "\(Self.look.replacing("\"", with: "\\\"")); exec sleep 1000"]
                    workingDir: /tmp
                    env: [{name: COLOUR, value: blue}]
                    securityContext: {runAsUser: 1000, allowPrivilegeEscalation: false}
                    resources: {limits: {memory: 64Mi}}
                """)
            // As long as it writes, the shell has children that come and go.
            try #require(
                try await eventually {
                    guard try agent.phase("web") == "Running" else { return false }
                    return try agent.pids("web").contains {
                        (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8)) == "sleep\n"
                    }
                })
            try await body(agent)
        }
    }
}

/// What a pod and its agent hold: processes, and open descriptors of agent and shim.
private struct Held: Equatable {
    let processes: Int
    let agentFiles: Int
    let shimFiles: Int

    init(_ agent: AgentProcess) throws {
        processes = try agent.pids("web").count
        func files(_ pid: Int32) throws -> Int { try directoryEntries(FilePath("/proc/\(pid)/fd")).count }
        agentFiles = try files(agent.pid)
        // By its record: of the pod's processes any may have the lowest number, once numbers have begun anew.
        let record = agent.state.appending(path: "pods/\(try #require(try agent.uid("web")))/sandbox.json")
        let sandbox = try JSONSerialization.jsonObject(with: Data(contentsOf: record)) as? [String: Any]
        shimFiles = try files(#require((sandbox?["shim"] as? [String: Any])?["pid"] as? Int32))
    }

    /// Whether something is there that was not.
    func exceeds(_ before: Held) -> Bool {
        processes > before.processes || agentFiles > before.agentFiles || shimFiles > before.shimFiles
    }

    /// Once nothing changes any more: an answer may arrive a moment before whoever gave it has closed its end.
    static func settled(_ agent: AgentProcess) async throws -> Held {
        var last = try Held(agent)
        while true {
            try await Task.sleep(for: .milliseconds(200))
            let now = try Held(agent)
            if now == last { return now }
            last = now
        }
    }
}
