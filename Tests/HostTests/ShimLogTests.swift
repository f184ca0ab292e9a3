import Glibc
import Linux
import Shim
import SystemPackage
import TestSupport
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A shim's log` {
    @Test func `has the form of the CRI`() async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            let script = "echo out; echo err >&2; sleep 0.05; printf 'a\\n\\nb'"
            _ = try await fixture.shim.start(
                fixture.command("a", ["sh", "-c", script], log: LogTarget(path: path.string)))
            _ = try await fixture.shim.wait("a")
            let records = try fixture.text(path).split(separator: "\n").map {
                $0.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            }
            #expect(Set(records.prefix(2).map { String($0[1]) }) == ["stdout F out", "stderr F err"])
            #expect(records.dropFirst(2).map { String($0[1]) } == ["stdout F a", "stdout F ", "stdout F b"])
            let stamp = try Regex(#"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$"#)
            for record in records { #expect(record[0].wholeMatch(of: stamp) != nil) }
            #expect(try fileStatus(path)?.permissions == 0o640)
        }
    }

    @Test(arguments: [16383, 16384, 16385, 32768, 40000])
    func `splits long lines into parts`(length: Int) async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            let script = "head -c \(length) /dev/zero | tr '\\0' x; echo; echo end"
            _ = try await fixture.shim.start(
                fixture.command("a", ["sh", "-c", script], log: LogTarget(path: path.string)))
            _ = try await fixture.shim.wait("a")
            let records = try fixture.text(path).split(separator: "\n").map { $0.split(separator: " ", maxSplits: 3) }
            let parts = (length + 16383) / 16384
            #expect(records.count == parts + 1)
            #expect(records.dropLast(2).allSatisfy { $0[2] == "P" && $0[3].utf8.count == 16384 })
            #expect(records[parts - 1][2] == "F" && records.last?[3] == "end")
            #expect(records.dropLast().reduce(0) { $0 + $1[3].utf8.count } == length)
        }
    }

    /// A burst a second, for parts are named by the second.
    private static let bursts = "for i in 0 1 2 3; do busybox seq $((i*2000+1)) $(((i+1)*2000)); sleep 1.1; done"

    @Test func `loses no line when it is rotated`() async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            let target = LogTarget(path: path.string, maxSize: 40_000, maxFiles: 100)
            _ = try await fixture.shim.start(fixture.command("a", ["sh", "-c", Self.bursts], log: target))
            _ = try await fixture.shim.wait("a")
            let parts = try LogPart.all(of: path)
            #expect(parts.count >= 3)
            let now = try await run("date", ["-u", "+%Y%m%d-%H%M%S"]).output
            #expect(parts.allSatisfy { $0.stamp <= now }, "\(parts.map(\.stamp)) are not later than \(now)")
            var next = 1
            for file in parts.map(\.path) + [path] {
                for line in try fixture.text(file).split(separator: "\n") {
                    #expect(line.hasSuffix(" F \(next)"))
                    next += 1
                }
            }
            #expect(next == 8001)
        }
    }

    @Test func `keeps as many files as asked, and counts a compressed part once`() async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            for name in ["log.20200101-000000", "log.20200101-000000.gz", "log.20200101-000001.gz", "log.old"] {
                try replaceFile(at: fixture.directory.appending(name), with: [])
            }
            let target = LogTarget(path: path.string, maxSize: 10_000, maxFiles: 3)
            _ = try await fixture.shim.start(fixture.command("a", ["sh", "-c", Self.bursts], log: target))
            _ = try await fixture.shim.wait("a")
            #expect(try LogPart.all(of: path).count == 2)
            let names = try directoryEntries(fixture.directory).filter { $0.hasPrefix("log") }
            #expect(names.count == 4 && names.contains("log.old"), "what has another name is not the shim's")
        }
    }

    @Test func `goes on in order when the clock was set back`() async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            try replaceFile(at: fixture.directory.appending("log.29991231-235959"), with: [])
            let target = LogTarget(path: path.string, maxSize: 10_000, maxFiles: 10)
            _ = try await fixture.shim.start(fixture.command("a", ["seq", "1", "1000"], log: target))
            _ = try await fixture.shim.wait("a")
            #expect(try LogPart.all(of: path).map(\.stamp).prefix(2) == ["29991231-235959", "29991231-235960"])
        }
    }

    @Test func `on a full disk costs lines and says so, and holds nobody up`() async throws {
        try await ShimFixture.with { fixture in
            let mount = try Mount.filesystem("tmpfs", options: [("size", "128k")]).release()
            let disk = FilePath("/proc/\(getpid())/fd/\(mount.rawValue)")
            try replaceFile(at: disk.appending("ballast"), with: [UInt8](repeating: 1, count: 64 << 10))
            let go = fixture.directory.appending("go")
            let script = "busybox seq 1 9000; until [ -e \(go) ]; do sleep 0.05; done; echo after"
            let path = disk.appending("log")
            _ = try await fixture.shim.start(
                fixture.command("a", ["sh", "-c", script], log: LogTarget(path: path.string, maxSize: 0)))
            for _ in 0..<200 where try disk.isNotFull(path) { try await Task.sleep(for: .milliseconds(20)) }
            try await Task.sleep(for: .milliseconds(300))
            try removeFile(at: disk.appending("ballast"))
            try replaceFile(at: go, with: [])
            #expect(try await fixture.shim.wait("a").code == 0)
            let lines = try fixture.text(path).split(separator: "\n")
            #expect(lines.last?.hasSuffix(" stdout F after") == true)
            let told = try #require(lines.first { $0.contains(" stderr F swiftlet: ") })
            #expect(told.hasSuffix("of this log are lost: No space left on device"))
            let lost = try #require(told.split(separator: " ").compactMap { Int($0) }.first)
            #expect(lines.count - 2 + lost == 9000, "every line is there or counted")
            try mount.close()
        }
    }
}

extension FilePath {
    fileprivate func isNotFull(_ log: FilePath) throws -> Bool {
        (try fileStatus(log)?.size ?? 0) < 30_000
    }
}
