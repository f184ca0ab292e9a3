import Foundation
import JSONText
import Testing

/// runtime-spec, runtime.md: "State", "Lifecycle", "Operations".
@Suite(.tags(.conformance), .needsRoot) struct `An OCI runtime` {
    @Test(arguments: RuntimeProgram.all)
    func `keeps a created container's program from running until it is started`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle.create(.shell("touch /ran; sleep 1000")).code == 0)
            let state = try await bundle.state()
            #expect(state["status"] == "created")
            #expect(state["id"]?.string == bundle.id)
            #expect(state["bundle"]?.string == bundle.path)
            #expect(state["pid"]?.integer ?? 0 > 1)
            #expect(state["ociVersion"]?.string?.hasPrefix("1.") == true)
            #expect(bundle.text("rootfs/ran") == nil)
            #expect(try await bundle("start", bundle.id).code == 0)
            #expect(try await bundle.becomes("running"))
            try await bundle("kill", bundle.id, "KILL")
            #expect(try await bundle.becomes("stopped"))
            #expect(try await bundle("delete", bundle.id).code == 0)
            #expect(try await bundle("state", bundle.id).code != 0)
            #expect(bundle.text("rootfs/ran") == "")
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `refuses what a container's state does not allow`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            for command in ["start", "kill", "delete", "state"] {
                #expect(try await bundle(command, bundle.id).code != 0, "\(command) of a container that is not there")
            }
            #expect(try await bundle.create(Config("sleep", "1000")).code == 0)
            #expect(try await bundle("create", "--bundle", bundle.path, bundle.id).code != 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            #expect(try await bundle("start", bundle.id).code != 0, "started twice")
            #expect(try await bundle("delete", bundle.id).code != 0, "deleted while it runs")
            #expect(try await bundle.state()["status"] == "running")
            try await bundle("kill", bundle.id, "KILL")
            #expect(try await bundle.becomes("stopped"))
            #expect(try await bundle("start", bundle.id).code != 0, "started after its end")
            #expect(try await bundle("kill", bundle.id, "TERM").code != 0, "killed after its end")
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `need not be told twice that a container is to go`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle("delete", "--force", bundle.id).code == 0)
            #expect(try await bundle("delete", bundle.id).code != 0)
        }
    }

    /// crun waits for ever.
    @Test(arguments: RuntimeProgram.all.filter { $0.name != "crun" })
    func `refuses a cgroup that is frozen`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let group = "/sys/fs/cgroup/swiftlet-\(bundle.id)"
            try FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: false)
            try "1".write(toFile: "\(group)/cgroup.freeze", atomically: false, encoding: .utf8)
            let config = Config("true").with("linux", "cgroupsPath", be: .string("/swiftlet-\(bundle.id)"))
            let answer = try await bundle.run(config)
            #expect(answer.code != 0 && answer.text.contains("frozen"), "\(answer)")
            _ = unsafe rmdir(group)
        }
    }

    @Test(arguments: RuntimeProgram.onlyOurs)
    func `runs a command in the group where the container is now`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "1000")).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            let pid = try #require(try await bundle.state()["pid"]?.integer)
            func group() throws -> String {
                let lines = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
                return String(lines.split(separator: "\n").first { $0.hasPrefix("0::") }?.dropFirst(3) ?? "")
            }
            let (old, new) = (try group(), "/swiftlet-\(bundle.id)")
            try FileManager.default.createDirectory(
                atPath: "/sys/fs/cgroup\(new)", withIntermediateDirectories: false)
            try "\(pid)".write(toFile: "/sys/fs/cgroup\(new)/cgroup.procs", atomically: false, encoding: .utf8)
            _ = unsafe rmdir("/sys/fs/cgroup\(old)")
            let answer = try await bundle("exec", bundle.id, "cat", "/proc/self/cgroup")
            // Seen from the container's own namespace, whose root was the old group.
            #expect(answer.code == 0 && answer.text.contains(new.dropFirst()), "\(answer)")
            try await bundle("kill", bundle.id, "KILL")
            #expect(try await bundle.becomes("stopped"))
            #expect(try await bundle("delete", bundle.id).code == 0)
            _ = unsafe rmdir("/sys/fs/cgroup\(new)")
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `gives annotations back, and the program's exit code`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = Config.shell("exit 42").with("annotations", be: ["com.example.key": "value"])
            #expect(try await bundle.create(config).code == 0)
            #expect(try await bundle.state()["annotations"]?["com.example.key"] == "value")
            try await bundle("delete", "--force", bundle.id)
            #expect(try await bundle.run(config).code == 42)
        }
    }

    @Test(arguments: RuntimeProgram.all, ["../x", "a/b", "a b", "ü"])
    func `refuses names that are no file's`(runtime: RuntimeProgram, id: String) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            // Debian's crun 1.8.1 looks for slashes only.
            if runtime.name == "crun", !id.contains("/") { return }
            try bundle.write(Config("true"))
            #expect(try await bundle("create", "--bundle", bundle.path, id).code != 0)
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `refuses a create that cannot be, and leaves nothing`(runtime: RuntimeProgram) async throws {
        let broken: [Config] = [
            Config("/no/such/program"), Config("true").with("process", "args", be: []),
            Config("true").with("process", "cwd", be: "relative"),
            Config("true").mounting(["destination": "/x", "type": "no-such-fs", "source": "x"]),
        ]
        for config in broken {
            // Debian's crun 1.8.1 takes a relative working directory, and runs a program of no name.
            if runtime.name == "crun", config["process", "cwd"] == "relative" { continue }
            if runtime.name == "crun", config["process", "args"] == [] { continue }
            try await Bundle.with(runtime) { bundle async throws in
                // Others find out some of these when the container is started.
                let created = try await bundle.create(config)
                let started = created.code == 0 ? try await bundle("start", bundle.id).code : 1
                #expect(created.code != 0 || started != 0, "\(config.json)")
                #expect(!created.text.isEmpty || created.code == 0)
                if created.code != 0 { #expect(try await bundle("state", bundle.id).code != 0) }
            }
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `pauses and resumes, signals by name and number`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let script = "trap 'echo usr1 >/got; exit 7' USR1; touch /ready; while true; do sleep 0.05; done"
            #expect(try await bundle.create(.shell(script)).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            for _ in 0..<200 where bundle.text("rootfs/ready") == nil { try await Task.sleep(for: .milliseconds(20)) }
            #expect(try await bundle("pause", bundle.id).code == 0)
            #expect(try await bundle.state()["status"] == "paused")
            #expect(try await bundle("resume", bundle.id).code == 0)
            #expect(try await bundle.becomes("running"))
            #expect(try await bundle("kill", bundle.id, "10").code == 0)
            #expect(try await bundle.becomes("stopped"))
            #expect(bundle.text("rootfs/got") == "usr1\n")
        }
    }
}

extension Tag {
    /// Asks a runtime what the OCI specification says it does.
    @Tag static var conformance: Self
}
