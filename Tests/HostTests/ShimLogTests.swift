import Glibc
import Linux
import Shim
import SystemPackage
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

    @Test func `loses no line when it is rotated`() async throws {
        try await ShimFixture.with { fixture in
            let path = fixture.directory.appending("log")
            let target = LogTarget(path: path.string, maxSize: 40_000, maxFiles: 100)
            _ = try await fixture.shim.start(fixture.command("a", ["seq", "1", "20000"], log: target))
            _ = try await fixture.shim.wait("a")
            let names = try directoryEntries(fixture.directory).filter { $0.hasPrefix("log") }
            let rotated = names.filter { $0 != "log" }.sorted()
            #expect(rotated.count > 10)
            let pattern = try Regex(#"log\.\d{8}-\d{6}"#)
            #expect(rotated.allSatisfy { $0.wholeMatch(of: pattern) != nil })
            var next = 1
            for name in rotated + ["log"] {
                let file = fixture.directory.appending(name)
                #expect((try fileStatus(file)?.size ?? 0) <= 40_000)
                for line in try fixture.text(file).split(separator: "\n") {
                    #expect(line.hasSuffix(" F \(next)"))
                    next += 1
                }
            }
            #expect(next == 20001)
        }
    }

    @Test func `keeps as many files as asked`() async throws {
        try await ShimFixture.with { fixture in
            let target = LogTarget(path: fixture.directory.appending("log").string, maxSize: 10_000, maxFiles: 3)
            _ = try await fixture.shim.start(fixture.command("a", ["seq", "1", "20000"], log: target))
            _ = try await fixture.shim.wait("a")
            #expect(try directoryEntries(fixture.directory).filter { $0.hasPrefix("log") }.count == 3)
        }
    }
}
