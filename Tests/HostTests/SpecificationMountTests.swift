import Containers
import Glibc
import Linux
import OCI
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A mount of the specification` {
    /// What `/proc/self/mountinfo` says of a mount: its options, and its optional fields.
    private func seen(
        _ options: [String], at path: String = "/mounted", in fixture: LifecycleFixture
    ) async throws -> (options: Set<Substring>, optional: [Substring]) {
        let volume = fixture.host.directory.appending("volume")
        try makeDirectories(volume.appending("deep"))
        var spec = fixture.spec("grep ' \(path) ' /proc/self/mountinfo")
        spec.mounts?.append(.init(destination: "/mounted", source: volume.string, type: "bind", options: options))
        let run = try await fixture.run(spec)
        let fields = (run.lines.last ?? "").split(separator: " ")
        guard fields.count > 6, let end = fields.firstIndex(of: "-") else { return ([], []) }
        return (Set(fields[5].split(separator: ",")), Array(fields[6..<end]))
    }

    @Test(arguments: [
        (["rbind", "ro"], ["ro"]), (["rbind", "rw"], ["rw"]),
        (["bind", "nosuid", "nodev", "noexec"], ["nosuid", "nodev", "noexec"]),
        (["bind", "nosuid", "suid"], ["rw"]), (["bind", "noatime"], ["noatime"]), (["bind", "strictatime"], ["rw"]),
        (["bind", "nodiratime", "relatime"], ["nodiratime", "relatime"]), (["bind", "nosymfollow"], ["nosymfollow"]),
        (["rbind", "rro", "rnosuid", "rnoatime"], ["ro", "nosuid", "noatime"]),
    ])
    func `has the attributes of its words`(words: [String], expected: [String]) async throws {
        try await LifecycleFixture.with { fixture in
            let (options, _) = try await seen(words, in: fixture)
            for option in expected { #expect(options.contains(Substring(option)), "\(options)") }
            if words.last == "suid" { #expect(!options.contains("nosuid")) }
        }
    }

    @Test func `keeps its content, if it is a tmpfs that shall`() async throws {
        try await LifecycleFixture.with { fixture in
            unsafe symlink("file", fixture.rootfs.appending("data/link").string)
            unsafe chmod(fixture.rootfs.appending("data").string, 0o751)
            var spec = fixture.spec(
                "cat /data/link; stat -c %a /data; ls /data; echo x > /data/new; grep -c ' /data tmpfs' /proc/mounts")
            spec.mounts?.append(.init(destination: "/data", source: "tmpfs", type: "tmpfs", options: ["tmpcopyup"]))
            let run = try await fixture.run(spec)
            #expect(run.lines == ["below", "751", "deep", "file", "link", "1"], "\(run.lines)")
            #expect(try !fileExists(at: fixture.rootfs.appending("data/new")))
        }
    }

    @Test func `is changed by a remount`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("grep ' /tmp ' /proc/mounts")
            spec.mounts? += [
                .init(destination: "/tmp", source: "tmpfs", type: "tmpfs", options: ["size=1m"]),
                .init(destination: "/tmp", type: "tmpfs", options: ["remount", "ro", "size=2m"]),
            ]
            let run = try await fixture.run(spec)
            let line = run.lines.first ?? ""
            #expect(line.contains(" ro,") && line.contains("size=2048k"), "\(line)")
        }
    }

    @Test(arguments: [("private", false), ("shared", true)])
    func `hears and is heard as the root's propagation says`(word: String, isShared: Bool) async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("grep ' / / ' /proc/self/mountinfo || grep ' / ' /proc/self/mountinfo")
            spec.linux?.rootfsPropagation = word
            let run = try await fixture.run(spec)
            #expect(run.lines.first?.contains("shared:") == isShared, "\(run.lines)")
            #expect(run.lines.first?.contains("master:") == false, "\(run.lines)")
        }
    }
}
