import Foundation
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An agent's answers on the kubelet's port` {
    @Test func `run commands over WebSocket and SPDY`() async throws {
        try await serving { try await check("exec", $0) }
    }

    @Test func `attach to containers as they are`() async throws { try await serving { try await check("attach", $0) } }

    @Test func `carry connections to a pod's own ports`() async throws {
        try await serving { try await check("forward", $0) }
    }

    @Test func `end with a client that breaks the rules, alone`() async throws {
        try await serving { try await check("twice", $0) }
    }

    @Test func `end when nothing passes`() async throws {
        try await serving("streamingConnectionIdleTimeout: 2s") { try await check("idle", $0) }
    }

    @Test func `leave nothing behind when clients vanish, but for commands that mind nobody`() async throws {
        try await serving { agent in
            try await check("exec", agent)
            let before = try await settled(agent)
            try await check("vanish", agent)
            func running(_ seconds: String) throws -> Int {
                try agent.commands("web").filter { $0 == "sleep \(seconds)" }.count
            }
            // A terminal hangs up; whoever neither reads nor writes does not notice.
            #expect(try await eventually { try running("4712") == 0 })
            #expect(try running("4711") == 2 && running("4713") == 2)
            #expect(try await eventually { try openFiles(agent.pid) <= before }, "\(before)")
        }
    }

    @Test func `cost no memory for clients that do not read, or send what nobody reads`() async throws {
        try await serving { agent in
            try await check("exec", agent)
            let before = try anonymousMemory(agent.pid)
            let result = try await client("slow", agent, "\(agent.pid)")
            let after = try #require(Int(result.split(separator: "\n").first ?? ""), "\(result)")
            // Thirty sessions, of which each may hold some hundred KiB, and buffers of TLS.
            #expect(after - before < 40 << 10, "\(before) \(after)")
            #expect(try await eventually { try openFiles(agent.pid) < 60 })
        }
    }

    @Test func `follow a log until the container ends, and give as much of it as is asked for`() async throws {
        try await serving { agent in
            try agent.write(
                "short.yaml",
                Self.manifest(
                    "short",
                    [
                        "{name: app, IMAGE, command: [sh, -c, \"for i in 1 2 3 4 5; do echo $i; sleep 0.2; done; echo bad >&2; exit 3\"]}"
                    ]
                )
                .replacing("spec:", with: "spec:\n  restartPolicy: Never"))
            #expect(try await eventually { try agent.phase("short") == "Running" })
            let log = "/containerLogs/default/short-node1/app"
            let followed = try await curl(agent, log + "?follow=true")
            #expect(followed.output == "1\n2\n3\n4\n5\nbad\n200")
            #expect(try await curl(agent, log + "?tailLines=2").output == "5\nbad\n200")
            #expect(try await curl(agent, log + "?limitBytes=3").output == "1\n2200")
            #expect(try await curl(agent, log + "?stream=Stderr").output == "bad\n200")
            #expect(try await curl(agent, log + "?sinceTime=2100-01-01T00:00:00Z").output == "200")
            let stamped = try await curl(agent, log + "?timestamps=1&tailLines=1").output
            #expect(stamped.hasSuffix("Z bad\n200") && stamped.count > 30)
            #expect(try await curl(agent, log + "?previous=1").output.hasSuffix("not found400"))
        }
    }

    @Test func `are given to nobody without rights, and show nothing outside of the logs`() async throws {
        try await serving { agent in
            let paths = [
                "/pods", "/exec/default/web-node1/app?command=id&stdout=1", "/run/default/web-node1/app?cmd=id",
                "/logs/",
                "/containerLogs/default/web-node1/app", "/configz", "/healthz",
                "/attach/default/web-node1/app?stdout=1",
                "/portForward/default/web-node1", "/metrics", "/stats/summary", "/runningpods/", "/debug/flags/v",
            ]
            for path in paths {
                for stranger in [nil, "bad"] {
                    for method in ["GET", "POST", "PUT"] {
                        let answer = try await curl(agent, path, as: stranger, "-X", method)
                        #expect(answer.output == "Unauthorized401", "\(method) \(path) \(answer)")
                    }
                }
            }
            #expect(try await curl(agent, "/logs/").output.contains("<pre>"))
            for path in [
                "/logs/../../etc/passwd", "/logs/%2e%2e/%2e%2e/etc/passwd", "/logs//etc/passwd",
                "/logs/..%2f..%2fetc/passwd",
            ] {
                #expect(try await curl(agent, path, "--path-as-is").output == "404 page not found\n404", "\(path)")
            }
            let healthy = try await run("curl", ["-s", "http://127.0.0.1:10248/healthz"])
            #expect(healthy.output == "ok")
            let configuration = try await curl(agent, "/configz").output
            #expect(configuration.contains("\"mode\":\"AlwaysAllow\"") && configuration.contains("\"maxPods\":110"))
            let file = agent.directory.appending(path: "config.yaml")
            let text = try String(contentsOf: file, encoding: .utf8)
            try (text + "\nmaxPods: 42\n").write(to: file, atomically: true, encoding: .utf8)
            agent.reload()
            var now = ""
            for _ in 0..<200 where !now.contains("\"maxPods\":42") {
                try await Task.sleep(for: .milliseconds(50))
                now = try await curl(agent, "/configz").output
            }
            #expect(now.contains("\"maxPods\":42"))
            #expect(try await curl(agent, "/run/default/web-node1/app?cmd=echo%20hi", "-X", "POST").output == "hi\n200")
        }
    }

    @Test func `are in TLS as OpenSSL knows it`() async throws {
        try await serving { agent in
            func handshake(_ options: String...) async throws -> String {
                try await run(
                    "sh",
                    ["-c", "openssl s_client -connect 127.0.0.1:10250 \(options.joined(separator: " ")) </dev/null"]
                ).output
            }
            #expect(try await handshake("-tls1_3").contains("TLSv1.3"))
            #expect(try await handshake("-tls1_2").contains("Protocol  : TLSv1.2"))
            #expect(try await handshake("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0").contains("alert protocol version"))
            let verified = try await handshake(
                "-CAfile", "\(agent.root.path)/pki/kubelet.crt", "-verify_hostname", "node1")
            #expect(verified.contains("Verify return code: 0 (ok)"), "\(verified)")
            // Neither noise nor half a handshake keeps others waiting. The node hangs up: how nc ends tells nothing.
            _ = try await run("sh", ["-c", "head -c 100000 /dev/urandom | timeout 1 nc 127.0.0.1 10250"])
            #expect(try await curl(agent, "/healthz").output == "ok200")
        }
    }

    @Test func `are none where nobody could be known; the node's health is told all the same`() async throws {
        try await withAgent { agent in
            #expect(try await eventually { agent.listens })
            #expect(try agent.log().contains("Kubelet API is not served"))
            let refused = try await run("curl", ["-sk", "https://127.0.0.1:10250/healthz"])
            #expect(refused.status == 7, "\(refused)")
            #expect(try await run("curl", ["-s", "http://127.0.0.1:10248/healthz"]).output == "ok")
        }
    }
}

extension `An agent's answers on the kubelet's port` {
    static func manifest(_ name: String, _ containers: [String]) -> String {
        let lines = containers.map { "  - \($0)\n" }.joined()
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name)}
            spec:
              terminationGracePeriodSeconds: 1
              containers:
            \(lines)
            """.replacing("IMAGE", with: "image: \(BusyboxImage.name), imagePullPolicy: Never")
    }

    /// An agent that vouches for a client, with a pod of which each container is of another kind.
    func serving(_ configuration: String = "", _ body: (AgentProcess) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let made = try await run("sh", ["-ec", "cd '\(directory.path)'\n\(Self.certificates)"])
        try #require(made.status == 0, "\(made)")
        try KubeletClientScript.text.write(
            to: directory.appending(path: "client.py"), atomically: true, encoding: .utf8)
        let lines = """
            authentication: {x509: {clientCAFile: \(directory.path)/ca.pem}}
            authorization: {mode: AlwaysAllow}
            \(configuration)
            """
        try await withAgent(configuration: lines, prepare: { try $0.writeNetwork() }) { agent in
            try FileManager.default.createSymbolicLink(
                at: agent.directory.appending(path: "pki"), withDestinationURL: directory)
            let containers = [
                "{name: app, IMAGE, command: [sh, -c, \"i=0; while sleep 0.2; do echo line $i; i=$((i+1)); done\"]}",
                "{name: io, IMAGE, stdin: true, command: [sh, -c, \"while read x; do echo got $x; done; echo end\"]}",
                "{name: once, IMAGE, stdin: true, stdinOnce: true, command: [sh, -c, \"while read x; do echo got $x; done; echo end; sleep 0.1\"]}",
                "{name: tty, IMAGE, stdin: true, tty: true, command: [sh]}",
                "{name: www, IMAGE, command: [sh, -c, \"mkdir /www; echo Hello >/www/index.html; exec httpd -f -p 127.0.0.1:8080 -h /www\"]}",
            ]
            try agent.write("web.yaml", Self.manifest("web", containers))
            try #require(
                try await eventually {
                    let statuses = try agent.status("web")?["containerStatuses"] as? [[String: Any]] ?? []
                    return statuses.count == 5 && statuses.allSatisfy { ($0["ready"] as? Bool) == true }
                })
            try await body(agent)
        }
    }

    private static let certificates = """
        new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "$@" 2>/dev/null; }
        for ca in ca other; do new -x509 -days 2 -subj /CN=ca -keyout $ca.key -out $ca.pem; done
        echo extendedKeyUsage=clientAuth >extensions
        sign() {
            new -subj /O=system:masters/CN=admin -keyout $1.key -out $1.csr
            openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days 2 -extfile extensions -out $1.pem 2>/dev/null
        }
        sign admin ca; sign bad other
        """

    func client(_ check: String, _ agent: AgentProcess, _ arguments: String...) async throws -> String {
        let pki = agent.directory.appending(path: "pki").path
        // Debian's, which has Debian's modules.
        return try await run("/usr/bin/python3", ["\(pki)/client.py", pki, check] + arguments).output
    }

    func check(_ check: String, _ agent: AgentProcess) async throws {
        let output = try await client(check, agent)
        #expect(output == "ok\n")
    }

    /// The answer, with its status behind it.
    func curl(
        _ agent: AgentProcess, _ path: String, as client: String? = "admin", _ options: String...
    ) async throws -> (status: Int32, output: String) {
        let pki = agent.directory.appending(path: "pki").path
        let known = client.map { ["--cert", "\(pki)/\($0).pem", "--key", "\(pki)/\($0).key"] } ?? []
        return try await run(
            "curl",
            ["-sk", "--max-time", "20", "-w", "%{http_code}", "https://127.0.0.1:10250\(path)"] + known + options)
    }

    func openFiles(_ pid: Int32) throws -> Int { try directoryEntries(FilePath("/proc/\(pid)/fd")).count }

    /// In KiB.
    func anonymousMemory(_ pid: Int32) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssAnon") })
        return try #require(Int(line.split(whereSeparator: \.isWhitespace)[1]))
    }

    /// Once nothing changes any more.
    func settled(_ agent: AgentProcess) async throws -> Int {
        var last = try openFiles(agent.pid)
        while true {
            try await Task.sleep(for: .seconds(1))
            let now = try openFiles(agent.pid)
            if now == last { return now }
            last = now
        }
    }
}

extension AgentProcess {
    /// What the processes of a pod run.
    func commands(_ name: String) throws -> [String] {
        try pids(name).compactMap { pid in
            (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8))?
                .split(separator: "\0").joined(separator: " ")
        }
    }
}
