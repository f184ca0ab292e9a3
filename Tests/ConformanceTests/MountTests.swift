import Foundation
import JSONText
import Testing

/// runtime-spec, config.md, "Mounts" and "Root"; config-linux.md, "Rootfs Mount Propagation", "Masked Paths".
@Suite(.tags(.conformance), .needsRoot) struct `A container's mounts` {
    /// Options of a tmpfs, and the words of its line in mountinfo.
    static let options: [(String, [String], Set<String>)] = [
        ("ro", ["ro"], ["ro"]), ("rw after ro", ["ro", "rw"], ["rw"]), ("nosuid", ["nosuid"], ["nosuid"]),
        ("suid", ["nosuid", "suid"], ["rw", "relatime"]), ("nodev", ["nodev"], ["nodev"]),
        ("noexec", ["noexec"], ["noexec"]), ("exec", ["noexec", "exec"], ["rw", "relatime"]),
        ("noatime", ["noatime"], ["noatime"]), ("nodiratime", ["nodiratime"], ["nodiratime"]),
        ("strictatime", ["strictatime"], ["rw"]), ("relatime", ["relatime"], ["relatime"]),
        ("data", ["size=64k", "mode=700"], ["size=64k", "mode=700"]), ("sync", ["sync"], ["sync"]),
    ]

    @Test(arguments: RuntimeProgram.all, options.map(\.0))
    func `have the options of the configuration`(runtime: RuntimeProgram, name: String) async throws {
        // Debian's crun 1.8.1 never takes a word back.
        if runtime.name == "crun", ["suid", "exec"].contains(name) { return }
        let (_, options, expected) = try #require(Self.options.first { $0.0 == name })
        let config = Config("grep", " /tmp ", "/proc/self/mountinfo").mounting([
            "destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
            "options": .array(options.map { .string($0) }),
        ])
        let answer = try await Bundle.with(runtime) { try await $0.run(config) }
        let words = answer.text.split { $0 == "," || $0.isWhitespace }.map(String.init)
        #expect(expected.isSubset(of: words), "\(answer.text)")
        if name == "suid" { #expect(!words.contains("nosuid")) }
        if name == "exec" { #expect(!words.contains("noexec")) }
        if name == "strictatime" { #expect(!words.contains("relatime")) }
    }

    @Test(arguments: RuntimeProgram.all)
    func `may be read-only with others below them`(runtime: RuntimeProgram) async throws {
        var config = Config.shell("ls -d /dev/null /dev/pts/ptmx; touch /dev/x")
        config["mounts"] = [
            ["destination": "/proc", "type": "proc", "source": "proc"],
            ["destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "ro"]],
            ["destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance"]],
        ]
        let answer = try await Bundle.with(runtime) { try await $0.run(config) }
        #expect(answer.text.hasPrefix("/dev/null\n/dev/pts/ptmx\n") && answer.code != 0, "\(answer)")
    }

    /// Debian's crun 1.8.1 refuses such a link.
    @Test(arguments: RuntimeProgram.all.filter { $0.name != "crun" })
    func `are made where a link of the root leads, in the root`(runtime: RuntimeProgram) async throws {
        let config = Config.shell("cat /proc/self/mountinfo")
            .mounting(["destination": "/tmp/link", "type": "tmpfs", "source": "tmpfs"])
            .mounting(["destination": "/tmp/way/below", "type": "tmpfs", "source": "tmpfs"])
        try await Bundle.with(runtime) { bundle async throws in
            let root = bundle.directory.appending(path: "rootfs/tmp")
            try FileManager.default.createSymbolicLink(
                atPath: root.appending(path: "link").path(), withDestinationPath: "/nowhere-else/inner")
            try FileManager.default.createSymbolicLink(
                atPath: root.appending(path: "way").path(), withDestinationPath: "../else-where/inner")
            let answer = try await bundle.run(config)
            #expect(answer.text.contains(" /nowhere-else/inner "), "\(answer)")
            #expect(answer.text.contains(" /else-where/inner/below "), "\(answer)")
        }
        #expect(!FileManager.default.fileExists(atPath: "/nowhere-else"))
    }

    @Test(arguments: RuntimeProgram.all)
    func `are made in the order of the list`(runtime: RuntimeProgram) async throws {
        let config = Config("ls", "/tmp")
            .mounting(["destination": "/tmp", "type": "tmpfs", "source": "tmpfs"])
            .mounting(["destination": "/tmp/inner", "type": "tmpfs", "source": "tmpfs"])
        #expect(try await Bundle.with(runtime) { try await $0.run(config).text } == "inner\n")
    }

    /// A destination without a slash begins at the root since 1.2: Debian's runc 1.1.5 refuses it, too.
    @Test(arguments: RuntimeProgram.oursAndCrun)
    func `may have a relative destination`(runtime: RuntimeProgram) async throws {
        let config = Config("grep", "-c", " /tmp/here ", "/proc/self/mountinfo")
            .mounting(["destination": "tmp/here", "type": "tmpfs", "source": "tmpfs"])
        #expect(try await Bundle.with(runtime) { try await $0.run(config).text } == "1\n")
    }

    @Test(arguments: RuntimeProgram.all)
    func `of files and directories of the machine are binds`(runtime: RuntimeProgram) async throws {
        let config = Config.shell("cat /tmp/file; touch /tmp/file 2>/dev/null || echo refused; ls /tmp/etc/hostname")
            .mounting([
                "destination": "/tmp/file", "type": "none", "source": "rootfs/root/source", "options": ["bind", "ro"],
            ])
            .mounting(["destination": "/tmp/etc", "type": "bind", "source": "/etc", "options": ["rbind"]])
        let answer = try await Bundle.with(runtime) { bundle async throws in
            try bundle.write("rootfs/root/source", "hello\n")
            return try await bundle.run(config)
        }
        #expect(answer.text == "hello\nrefused\n/tmp/etc/hostname\n")
    }

    /// Debian's runc 1.1.5 knows the words, crun 1.8.1 them and `idmap`.
    @Test(arguments: RuntimeProgram.all)
    func `are read-only below, too, when that is said`(runtime: RuntimeProgram) async throws {
        // The machine's /dev has mounts below it, such as /dev/pts.
        let config = Config.shell("grep ' /tmp/t' /proc/self/mountinfo")
            .mounting(["destination": "/tmp/t", "type": "bind", "source": "/dev", "options": ["rbind", "rro"]])
        let lines = try await Bundle.with(runtime) { try await $0.run(config).text }.split(separator: "\n")
        #expect(lines.count > 1)
        for line in lines { #expect(line.split(separator: " ").dropFirst(5).first?.hasPrefix("ro") == true, "\(line)") }
    }

    @Test(arguments: RuntimeProgram.all, [("slave", false), ("private", false), ("shared", true)])
    func `propagate as the root file system's propagation says`(
        runtime: RuntimeProgram, propagation: (word: String, isShared: Bool)
    ) async throws {
        let config = Config("grep", " / / ", "/proc/self/mountinfo")
            .with("linux", "rootfsPropagation", be: .string(propagation.word))
        let text = try await Bundle.with(runtime) { try await $0.run(config).text }
        #expect(text.contains("shared:") == propagation.isShared || !text.contains(" / / "), "\(text)")
    }

    /// What is masked is empty, what is read-only can be read; what is not there is passed over.
    @Test(arguments: RuntimeProgram.all)
    func `hide masked paths and guard read-only ones`(runtime: RuntimeProgram) async throws {
        let config = Config.shell("cat /tmp/a; ls /tmp/d; cat /tmp/r; echo x 2>/dev/null >/tmp/r || echo refused")
            .with("linux", "maskedPaths", be: ["/tmp/a", "/tmp/d", "/tmp/missing"])
            .with("linux", "readonlyPaths", be: ["/tmp/r", "/tmp/missing"])
        let answer = try await Bundle.with(runtime) { bundle async throws in
            for file in ["a", "r"] { try bundle.write("rootfs/tmp/\(file)", "\(file)\n") }
            try bundle.makeDirectory("rootfs/tmp/d/inner")
            return try await bundle.run(config)
        }
        #expect(answer.text == "r\nrefused\n")
    }
}
