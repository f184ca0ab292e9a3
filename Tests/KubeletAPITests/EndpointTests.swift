import Foundation
import KubeletAPI
import Linux
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(1))) struct `An endpoint of the kubelet's API` {
    private func serving(
        _ change: (inout KubeletAPISettings, inout KubeletControl, FilePath) throws -> Void = { _, _, _ in },
        _ body:
            @escaping @Sendable (_ ask: @Sendable (String) async throws -> Answered, APIFixture) async throws -> Void
    ) async throws {
        let authority = try Authority("ca")
        let admin = try authority.client("admin", groups: [])
        try await APIFixture.run(authority: authority) { settings, control, directory in
            settings.authorization = .alwaysAllow
            try change(&settings, &control, directory)
        } _: { api in
            try await body({ try await api.ask($0, certificate: admin) }, api)
        }
    }

    @Test func `answers in the kubelet's words`() async throws {
        try await serving { ask, _ in
            let table: [(String, UInt, String)] = [
                ("/healthz", 200, "ok"), ("/healthz/ping", 200, "ok"), ("/healthz/nope", 404, "404: Page Not Found"),
                ("/configz", 200, #"{"kubeletconfig":{"maxPods":7}}"#), ("/nope", 404, "404 page not found\n"),
                ("/pods/x", 404, "404: Page Not Found"),
                ("/exec/default/web/app", 400, "you must specify at least 1 of stdin, stdout, stderr"),
                ("/exec/default/nope/app?stdout=1", 404, "pod does not exist"),
                ("/exec/default/web/other-uid/app?stdout=1", 404, "pod does not exist"),
                ("/exec/default/web/nope?stdout=1", 500, "container not found (\"nope\")"),
                ("/exec/default/web/app?stdout=1", 400, "unable to upgrade: X-Stream-Protocol-Version is required"),
                (
                    "/attach/default/web/uid-web/app?stdout=1", 400,
                    "unable to upgrade: X-Stream-Protocol-Version is required"
                ),
                ("/portForward/default/nope", 404, "pod does not exist"),
                ("/containerLogs/default/nope/app", 404, "pod \"nope\" does not exist"),
                ("/containerLogs/default/web/nope", 404, "container \"nope\" not found in pod \"web\""),
                ("/containerLogs/default/web/app?tailLines=x", 400, #"{"message": "Unable to decode query."}"#),
                ("/containerLogs/default/web/app?tailLines=-1", 422, #"{"message": "Invalid request."}"#),
                (
                    "/containerLogs/default/web/app?previous=1", 400,
                    "previous terminated container \"app\" in pod \"web\" not found"
                ),
                ("/run/default/web/app?cmd=x", 405, "405: Method Not Allowed"),
                ("/debug/flags/v", 406, "unimplemented method: GET\n"),
            ]
            for (path, status, text) in table {
                let answer = try await ask(path)
                #expect(answer.status == status && answer.text == text, "\(path) \(answer)")
            }
            for path in ["/stats/summary", "/metrics", "/metrics/cadvisor"] {
                #expect(try await ask(path).status == 501)
            }
            #expect(try await ask("/metrics/nope").status == 404)
            #expect(try await ask("/debug/pprof/heap").status == 404)
        }
    }

    @Test func `tells of pods as the kubelet does`() async throws {
        try await serving { ask, _ in
            let text = try await ask("/pods").text
            let pods = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            #expect(pods?["kind"] as? String == "PodList" && pods?["apiVersion"] as? String == "v1")
            let items = try #require(pods?["items"] as? [[String: Any]])
            #expect(items.count == 1 && items[0]["kind"] == nil && items[0]["status"] != nil)
            let running = try await ask("/runningpods/").text
            #expect(
                running
                    == #"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"web","#
                    + #""namespace":"default","uid":"uid-web"},"spec":{"containers":[{"image":"sha256:1","name":"app","#
                    + #""resources":{}},{"image":"sha256:1","name":"side","resources":{}}]},"status":{}}]}"#)
        }
    }

    @Test func `gives what the agent's closures give`() async throws {
        try await serving { _, control, _ in
            control.summary = { Array("summary \($0)".utf8) }
            control.metrics = { Array("metrics \($0)".utf8) }
            control.flags = ["b": "2", "a": "1"]
        } _: { ask, _ in
            #expect(try await ask("/stats/summary").text == "summary false")
            #expect(try await ask("/stats/summary?only_cpu_and_memory=true").text == "summary true")
            for (path, kind) in [
                ("", "own"), ("/cadvisor", "cadvisor"), ("/resource", "resource"), ("/probes", "probes"),
            ] {
                let answer = try await ask("/metrics" + path)
                #expect(answer.text == "metrics \(kind)")
                #expect(answer.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            }
            #expect(try await ask("/flagz").text.hasSuffix("\n\na=1\nb=2\n"))
            #expect(try await ask("/statusz").text.contains("kubelet statusz"))
        }
    }

    @Test func `that is switched off says so`() async throws {
        try await serving { settings, _, _ in
            settings.hasDebuggingHandlers = false
        } _: { ask, _ in
            for path in [
                "/run/a/b/c", "/exec/a/b/c", "/attach/a/b/c", "/portForward/a/b", "/containerLogs/a/b/c",
                "/runningpods/", "/debug/pprof/heap", "/logs/",
            ] {
                let answer = try await ask(path)
                #expect(answer.status == 405 && answer.text == "Debug endpoints are disabled.\n", "\(path)")
            }
            for path in ["/configz", "/checkpoint/a/b/c", "/statusz", "/flagz", "/debug/flags/v"] {
                #expect(try await ask(path).status == 404, "\(path)")
            }
            #expect(try await ask("/pods").status == 200)
        }
        try await serving { settings, _, _ in
            (settings.hasSystemLogHandler, settings.hasProfilingHandler, settings.hasDebugFlagsHandler) = (
                false, false, false
            )
        } _: { ask, _ in
            for (path, name) in [("/logs/", "logs"), ("/debug/pprof/heap", "profiling"), ("/debug/flags/v", "flags")] {
                let answer = try await ask(path)
                #expect(answer.text == "\(name) endpoint is disabled.\n")
            }
        }
    }

    @Test func `of health says what is wrong to nobody, and that something is to everybody`() async throws {
        try await serving { _, control, _ in
            control.checks = [HealthCheck("syncloop") { throw NotThere() }]
        } _: { ask, api in
            for answer in [try await ask("/healthz"), try await api.ask("/healthz", port: "health")] {
                #expect(answer.status == 500)
                #expect(
                    answer.text == "[+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n")
            }
            #expect(try await api.ask("/healthz?exclude=syncloop", port: "health").text == "ok")
            let verbose = try await api.ask("/healthz?exclude=syncloop&exclude=x&verbose", port: "health").text
            #expect(
                verbose == "[+]ping ok\n[+]log ok\n[+]syncloop excluded: ok\n"
                    + "warn: some health checks cannot be excluded: no matches for \"x\"\nhealthz check passed\n")
            #expect(try await api.ask("/pods", port: "health").status == 404)
        }
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, gzip;q=0.5", true), ("GZIP", true), ("gzip; q=0", false), ("br", false), ("", false),
    ])
    func `of metrics is compressed where that is taken`(accepted: String, isCompressed: Bool) async throws {
        try await serving { settings, control, _ in
            settings.readOnly = .init("127.0.0.1", 0)
            control.metrics = { _ in Array(String(repeating: "metrics ", count: 1000).utf8) }
        } _: { _, api in
            let answer = try await api.ask("/metrics", port: "readOnly", headers: ["Accept-Encoding": accepted])
            #expect(answer.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
            #expect((Int(answer.headers["content-length"] ?? "") ?? 0 < 200) == isCompressed)
        }
    }

    @Test func `of the node's logs shows its directory, and nothing else`() async throws {
        try await serving { settings, control, directory in
            let logs = control.logDirectory
            try makeDirectories(logs.appending("pods/a b"))
            try replaceFile(at: logs.appending("sys<log"), with: "hello".utf8)
            try replaceFile(at: logs.appending("pods/a b/0.log"), with: "line".utf8)
            try replaceFile(at: directory.appending("secret"), with: "secret".utf8)
            let link = FileManager.default.createSymbolicLink(atPath:withDestinationPath:)
            try link(logs.appending("inside").string, logs.appending("pods/a b/0.log").string)
            try link(logs.appending("outside").string, directory.appending("secret").string)
            try link(logs.appending("up").string, "../secret")
            try link(logs.appending("root").string, "/")
            try link(logs.appending("loop").string, "loop")
            try link(logs.appending("magic").string, "/proc/self/cwd")
            _ = unsafe mkfifo(logs.appending("fifo").string, 0o600)
        } _: { ask, api in
            let listing = try await ask("/logs/").text
            #expect(
                listing.contains("<a href=\"pods/\">pods/</a>")
                    && listing.contains("<a href=\"sys%3Clog\">sys&lt;log</a>"))
            #expect(try await ask("/logs/sys%3Clog").text == "hello")
            #expect(try await ask("/logs/pods/a%20b/0.log").text == "line")
            #expect(try await ask("/logs/inside").text == "line")
            let redirect = try await ask("/logs/pods")
            #expect(redirect.status == 301 && redirect.headers["location"] == "pods/")
            for path in [
                "outside", "up", "root/etc/passwd", "loop", "magic/", "fifo", "../secret", "%2e%2e/secret",
                "pods/..%2f..%2fsecret", "pods/%2e%2e/sys%3Clog", "/etc/passwd", "%2fetc%2fpasswd", "a%00b", ".",
            ] {
                let answer = try await ask("/logs/" + path)
                #expect(answer.status == 404, "\(path) \(answer)")
            }
        }
    }

    @Test func `sets how much is logged`() async throws {
        let authority = try Authority("ca")
        let count = Count()
        try await APIFixture.run(authority: authority) { settings, control, _ in
            settings.authorization = .alwaysAllow
            control.setVerbosity = { if $0 == 4 { count.add() } }
        } _: { api in
            let admin = try authority.client("admin", groups: [])
            let good = try await api.ask("/debug/flags/v", method: "PUT", certificate: admin, body: "4")
            #expect(good.text == "successfully set klog.logging.verbosity to 4" && count.value == 1)
            #expect(try await api.ask("/debug/flags/v", method: "PUT", certificate: admin, body: "x").status == 400)
        }
    }
}
