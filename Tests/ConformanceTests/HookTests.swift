import Foundation
import JSONText
import Testing

/// runtime-spec, config.md, "POSIX-platform Hooks".
@Suite(.tags(.conformance), .needsRoot) struct `A container's hooks` {
    private func hook(_ script: String, timeout: Int? = nil) -> JSON {
        var hook: JSON = ["path": "/bin/sh", "args": ["sh", "-c", .string(script)], "env": ["PATH=/bin:/usr/bin"]]
        if let timeout { hook = .object(.init((hook.object?.members ?? []) + [("timeout", .number("\(timeout)"))])) }
        return hook
    }

    @Test(arguments: RuntimeProgram.onlyOurs)
    func `run in order, each with the state of its point`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let log = bundle.directory.appending(path: "hooks").path()
            let inside = hook("read state; echo startContainer $state >>/hooks")
            var config = Config.shell("echo program >>/hooks")
            var hooks: [(String, JSON)] = ["prestart", "createRuntime", "createContainer", "poststart", "poststop"].map
            {
                ($0, [hook("echo \($0) $(cat) >>\(log)")])
            }
            hooks.append(("startContainer", [inside]))
            config = config.with("hooks", be: .object(.init(hooks.map { (name: $0.0, value: $0.1) })))
            #expect(try await bundle.run(config).code == 0)
            let lines = (bundle.text("hooks") ?? "").split(separator: "\n")
            #expect(
                lines.map { $0.split(separator: " ").first ?? "" }
                    == ["prestart", "createRuntime", "createContainer", "poststart", "poststop"])
            let states = try lines.map { try JSON(parsing: String($0.drop { $0 != "{" })) }
            #expect(states.map { $0["status"]?.string } == ["creating", "creating", "creating", "running", "stopped"])
            #expect(states.allSatisfy { $0["id"]?.string == bundle.id })
            let later = (bundle.text("rootfs/hooks") ?? "").split(separator: "\n")
            #expect(later.count == 2)
            #expect(later.first?.contains("\"status\":\"created\"") == true)
            #expect(later.last == "program")
        }
    }

    @Test(arguments: RuntimeProgram.all, ["prestart", "createRuntime", "createContainer"])
    func `that fail end the creation`(runtime: RuntimeProgram, point: String) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = Config("true").with(
                "hooks", be: .object(.init([(name: point, value: [hook("exit 3")] as JSON)])))
            #expect(try await bundle.create(config).code != 0)
            #expect(try await bundle("state", bundle.id).code != 0)
        }
    }

    /// Debian's runc 1.1.5 waits for the hook's children, too.
    @Test(arguments: RuntimeProgram.oursAndCrun)
    func `that take too long fail`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = Config("true").with("hooks", be: ["prestart": [hook("sleep 100", timeout: 1)]])
            let start = ContinuousClock.now
            #expect(try await bundle.create(config).code != 0)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    /// "env ... with the same semantics as IEEE Std 1003.1-2008's environ": nothing of the runtime's own comes along.
    @Test(arguments: RuntimeProgram.oursAndCrun)
    func `run one after the other, with their own environment alone`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let log = bundle.directory.appending(path: "hooks").path()
            let one: JSON = ["path": "/usr/bin/env", "args": ["env"], "env": ["A=b"]]
            let hooks: JSON = [hook("echo first >>\(log); sleep 0.3"), hook("echo second >>\(log)"), one]
            #expect(try await bundle.create(Config("true").with("hooks", be: ["createRuntime": hooks])).code == 0)
            #expect(bundle.text("hooks") == "first\nsecond\n")
        }
    }

    /// runtime.md, "Lifecycle", steps 6 and 8: the container is destroyed, and poststop hooks run.
    @Test(arguments: RuntimeProgram.onlyOurs, ["startContainer", "poststart"])
    func `that fail at the start end it`(runtime: RuntimeProgram, point: String) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let log = bundle.directory.appending(path: "hooks").path()
            let config = Config("sleep", "1000").with(
                "hooks",
                be: .object(
                    .init([
                        (name: point, value: [hook("exit 3")] as JSON),
                        (name: "poststop", value: [hook("echo poststop >>\(log)")] as JSON),
                    ])))
            #expect(try await bundle.create(config).code == 0)
            #expect(try await bundle("start", bundle.id).code != 0)
            if point == "startContainer" { try await bundle("delete", "--force", bundle.id) }
            #expect(try await bundle("state", bundle.id).code != 0)
            #expect(bundle.text("hooks") == "poststop\n")
        }
    }

    /// runtime.md, "Lifecycle", step 13: "log a warning, but ... continue".
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `that fail after the end are warned of`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let log = bundle.directory.appending(path: "hooks").path()
            let hooks: JSON = [hook("exit 3"), hook("echo second >>\(log)")]
            let answer = try await bundle.run(Config("true").with("hooks", be: ["poststop": hooks]))
            #expect(answer.code == 0 && answer.text.contains("level=warning"))
            #expect(bundle.text("hooks") == "second\n")
            #expect(try await bundle("state", bundle.id).code != 0)
        }
    }
}
