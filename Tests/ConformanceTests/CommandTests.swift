import Foundation
import JSONText
import Testing

/// What clients ask a runtime for beyond the specification's five operations: runc(8), crun(1); features.md.
@Suite(.tags(.conformance), .needsRoot) struct `The command line of a runtime` {
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `tells its features in the specification's words`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let features = try JSON(parsing: try await bundle("features").text)
            #expect(features["ociVersionMin"] == "1.0.0")
            #expect(features["ociVersionMax"]?.string?.hasPrefix("1.3") == true)
            #expect(features["hooks"]?.array?.count == 6)
            #expect(features["mountOptions"]?.array?.contains("rro") == true)
            let linux = try #require(features["linux"])
            #expect(linux["namespaces"]?.array?.count == 8)
            #expect(linux["capabilities"]?.array?.contains("CAP_SYS_ADMIN") == true)
            #expect(linux["cgroup"]?["v2"] == true && linux["cgroup"]?["systemd"] == true)
            #expect(linux["seccomp"]?["actions"]?.array?.contains("SCMP_ACT_NOTIFY") == true)
            #expect(linux["seccomp"]?["knownFlags"] != nil && linux["seccomp"]?["supportedFlags"] != nil)
            #expect(linux["mountExtensions"]?["idmap"]?["enabled"] == true)
            #expect(linux["netDevices"]?["enabled"] == true && linux["intelRdt"] != nil)
        }
    }

    @Test(arguments: RuntimeProgram.onlyOurs)
    func `makes a configuration that runs`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle("spec", "--bundle", bundle.path).code == 0)
            #expect(try await bundle("spec", "--bundle", bundle.path).code != 0, "one is there")
            let text = try String(contentsOfFile: "\(bundle.path)/config.json", encoding: .utf8)
            var config = Config("true")
            config.json = try JSON(parsing: text)
            config = config.with("process", "terminal", be: false).with("process", "args", be: ["id", "-u"])
            #expect(try await bundle.run(config).text == "0\n")
        }
    }

    @Test(arguments: RuntimeProgram.oursAndCrun)
    func `lists containers and processes, and writes the pid`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            try bundle.write(Config("sleep", "1000"))
            let file = "\(bundle.path)/pid"
            #expect(try await bundle("create", "--bundle", bundle.path, "--pid-file", file, bundle.id).code == 0)
            let pid = try await bundle.state()["pid"]?.integer ?? 0
            #expect(bundle.text("pid") == "\(pid)")
            #expect(try await bundle("list", "-q").text.contains(bundle.id))
            let rows = try JSON(parsing: try await bundle("list", "--format", "json").text).array ?? []
            #expect(rows.count == 1 && rows[0]["status"] == "created")
            #expect(
                try JSON(parsing: try await bundle("ps", "--format", "json", bundle.id).text) == [.number("\(pid)")])
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `execs what a file describes, detached, with its pid`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "1000")).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            try bundle.write(
                "process.json",
                """
                {"args": ["sh", "-c", "echo $A $(id -u) $(pwd) >/tmp/said; sleep 1000"], "cwd": "/tmp",
                 "env": ["PATH=/bin", "A=b"], "user": {"uid": 0, "gid": 9}}
                """)
            let (process, pid) = ("\(bundle.path)/process.json", "\(bundle.path)/exec-pid")
            #expect(
                try await bundle("exec", "--detach", "--pid-file", pid, "--process", process, bundle.id).code == 0)
            for _ in 0..<200 where bundle.text("rootfs/tmp/said") == nil {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(bundle.text("rootfs/tmp/said") == "b 0 /tmp\n")
            #expect(Int(bundle.text("exec-pid") ?? "") ?? 0 > 1)
            // All of the container's processes are signalled.
            #expect(try await bundle("kill", "--all", bundle.id, "KILL").code == 0)
            #expect(try await bundle.becomes("stopped"))
        }
    }

    @Test(arguments: RuntimeProgram.onlyOurs, ["text", "json"])
    func `logs its errors in either form`(runtime: RuntimeProgram, form: String) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let log = "\(bundle.path)/log"
            #expect(try await bundle("--log", log, "--log-format", form, "start", bundle.id).code != 0)
            let line = try #require(bundle.text("log")?.split(separator: "\n").last)
            if form == "json" {
                let entry = try JSON(parsing: String(line))
                #expect(entry["level"] == "error" && entry["msg"]?.string?.contains("does not exist") == true)
            } else {
                #expect(line.contains("level=error") && line.contains("does not exist"))
            }
        }
    }
}
