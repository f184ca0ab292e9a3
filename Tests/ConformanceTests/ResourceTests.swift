import JSONText
import Linux
import SystemPackage
import Testing

/// runtime-spec, config-linux.md, "Control groups", "Devices"; with whichever controllers this machine has.
@Suite(.tags(.conformance), .needsRoot) struct `A container's group` {
    private func config(_ script: String, _ bundle: Bundle) -> Config {
        Config.shell(script).with("linux", "cgroupsPath", be: .string("/swiftlet-\(bundle.id)"))
            .mounting([
                "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "ro"],
            ])
    }

    /// The path is used as it is given, and goes with the container. Debian's runc knows no machine with cgroup2 mounted
    /// later than it began.
    @Test(arguments: RuntimeProgram.oursAndCrun)
    func `lies where its path says, and goes with it`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let group = FilePath("/sys/fs/cgroup/swiftlet-\(bundle.id)")
            #expect(try await bundle.create(config("sleep 1000", bundle)).code == 0)
            let pid = try await bundle.state()["pid"]?.integer ?? 0
            #expect(try readText(group.appending("cgroup.procs")) == "\(pid)\n")
            try await bundle("delete", "--force", bundle.id)
            #expect(try !fileExists(at: group))
        }
    }

    /// Debian's crun 1.8.1 fails it on Linux 6.18, whatever the rules.
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `lets through the devices of its rules alone`(runtime: RuntimeProgram) async throws {
        // The kernel's log, opened and left alone.
        let script = "{ echo x >/dev/null && echo null; : >>/dev/extra && echo extra; } 2>/dev/null; true"
        let none: JSON = ["allow": false, "access": "rwm"]
        let extra: JSON = ["allow": true, "type": "c", "major": 1, "minor": 11, "access": "w"]
        for (rules, expected) in [([none], "null\n"), ([none, extra], "null\nextra\n"), ([extra, none], "null\n")] {
            try await Bundle.with(runtime) { bundle async throws in
                let config = config(script, bundle)
                    .with("linux", "resources", be: ["devices": .array(rules)])
                    .with(
                        "linux", "devices", be: [["path": "/dev/extra", "type": "c", "major": 1, "minor": 11]])
                #expect(try await bundle.run(config).text == expected)
            }
        }
    }

    /// The reservation is limited as well: config-linux.md, "Huge page limits".
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `limits huge pages, and what is reserved of them`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = config("cd /sys/fs/cgroup; cat hugetlb.2MB.max hugetlb.2MB.rsvd.max", bundle)
                .with(
                    "linux", "resources", be: ["hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]]])
            let answer = try await bundle.run(config)
            #expect(answer.text == "4194304\n4194304\n")
        }
    }

    @Test(arguments: RuntimeProgram.onlyOurs)
    func `has the last word of unified, and is changed by update`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = config("sleep 1000", bundle)
                .with(
                    "linux", "resources",
                    be: [
                        "hugepageLimits": [["pageSize": "2MB", "limit": 4_194_304]],
                        "unified": ["hugetlb.2MB.max": "8388608"],
                    ])
            #expect(try await bundle.create(config).code == 0)
            let file = FilePath("/sys/fs/cgroup/swiftlet-\(bundle.id)/hugetlb.2MB.max")
            #expect(try readText(file) == "8388608\n")
            try bundle.write("resources.json", "{\"unified\": {\"hugetlb.2MB.max\": \"2097152\"}}")
            let resources = "\(bundle.path)/resources.json"
            #expect(try await bundle("update", "--resources", resources, bundle.id).code == 0)
            #expect(try readText(file) == "2097152\n")
            try bundle.write("resources.json", "{\"unified\": {\"hugetlb.2MB.max\": \"many\"}}")
            #expect(try await bundle("update", "--resources", resources, bundle.id).code != 0)
            #expect(try readText(file) == "2097152\n")
        }
    }

    /// config-linux.md, "Cgroup ownership": with a cgroup namespace and the tree mounted to be written to, and only then.
    @Test(arguments: RuntimeProgram.onlyOurs, [("rw", "1000 1000"), ("ro", "0 0")])
    func `belongs to the process' user when it may write there`(
        runtime: RuntimeProgram, clause: (option: String, owners: String)
    ) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            let config = Config.shell("cd /sys/fs/cgroup; echo $(stat -c %u . cgroup.procs)")
                .with("process", "user", "uid", be: 1000)
                .mounting([
                    "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                    "options": ["nosuid", .string(clause.option)],
                ])
            #expect(try await bundle.run(config).text == clause.owners + "\n")
        }
    }
}

private func readText(_ path: FilePath) throws -> String {
    String(decoding: try readFile(at: path) ?? [], as: UTF8.self)
}
