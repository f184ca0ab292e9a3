import JSONText
import Testing

/// runtime-spec, config-linux.md, "Namespaces", "User namespace mappings", "Offset for Time Namespace".
@Suite(.tags(.conformance), .needsRoot) struct `A container's namespaces` {
    private func own(_ kind: String) async throws -> String {
        try await Bundle.with(.ours) { bundle async throws in
            let config = Config("readlink", "/proc/self/ns/\(kind)", namespaces: ["mount", "pid"])
            return try await bundle.run(config).text
        }
    }

    private func config(_ kind: String, _ namespaces: [JSON]) -> Config {
        Config("readlink", "/proc/self/ns/\(kind)").with("linux", "namespaces", be: .array(namespaces))
    }

    @Test(arguments: RuntimeProgram.all, [("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup")])
    func `are new when asked for, and inherited when not`(
        runtime: RuntimeProgram, kind: (word: String, file: String)
    ) async throws {
        let least: [JSON] = [["type": "mount"], ["type": "pid"]]
        let inherited = try await Bundle.with(runtime) { try await $0.run(config(kind.file, least)).text }
        #expect(try await inherited == own(kind.file))
        let new = try await Bundle.with(runtime) {
            try await $0.run(config(kind.file, least + [["type": .string(kind.word)]])).text
        }
        #expect(new.hasPrefix("\(kind.file):[") && new != inherited)
    }

    @Test(arguments: RuntimeProgram.all)
    func `are joined by path, and what has another type is refused`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { first async throws in
            #expect(try await first.create(Config("sleep", "1000")).code == 0)
            let pid = try await first.state()["pid"]?.integer ?? 0
            let path: JSON = .string("/proc/\(pid)/ns/net")
            let joining = config("net", [["type": "mount"], ["type": "pid"], ["type": "network", "path": path]])
            let answer = try await Bundle.with(runtime) { try await $0.run(joining) }
            #expect(try await first("exec", first.id, "readlink", "/proc/self/ns/net").text == answer.text)
            let wrong = config("ipc", [["type": "mount"], ["type": "pid"], ["type": "ipc", "path": path]])
            #expect(try await Bundle.with(runtime) { try await $0.create(wrong).code } != 0)
        }
    }

    @Test(arguments: RuntimeProgram.all)
    func `of users have the mappings of the configuration`(runtime: RuntimeProgram) async throws {
        let config = Config.shell("id -u; cat /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /bin/busybox")
            .with(
                "linux", "namespaces", be: .array(["mount", "pid", "ipc", "uts", "user"].map { ["type": .string($0)] })
            )
            .with("linux", "uidMappings", be: [["containerID": 0, "hostID": 0, "size": 10]])
            .with(
                "linux", "gidMappings",
                be: [
                    ["containerID": 0, "hostID": 0, "size": 5], ["containerID": 5, "hostID": 1000, "size": 20],
                ]
            ).with("process", "user", "uid", be: 3)
        let answer = try await Bundle.with(runtime) { try await $0.run(config) }
        let words = answer.text.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words == ["3", "0", "0", "10", "0", "0", "5", "5", "1000", "20", "0:0"], "\(answer.text)")
    }

    /// Debian's runc 1.1.5 does not know them, and crun 1.8.1 not on every kernel.
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `of time have their offsets`(runtime: RuntimeProgram) async throws {
        let config = Config("cat", "/proc/self/timens_offsets")
            .with("linux", "namespaces", be: .array(["mount", "pid", "time"].map { ["type": .string($0)] }))
            .with(
                "linux", "timeOffsets", be: ["boottime": ["secs": 1000, "nanosecs": 5], "monotonic": ["secs": 7]])
        let answer = try await Bundle.with(runtime) { try await $0.run(config) }
        let words = answer.text.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words == ["monotonic", "7", "0", "boottime", "1000", "5"], "\(answer.text)")
    }
}
