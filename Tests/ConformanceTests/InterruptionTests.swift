import Foundation
import TestSupport
import Testing

@Suite(.tags(.conformance), .needsRoot) struct `An interrupted runtime` {
    /// `SWIFTLET_INTERRUPT=all` tries every call of every command, `sample` some, drawn by `SWIFTLET_SEED`; any other
    /// word those of which it is a part. Without it the walk is left out: some points still fail, see docs/testing.md.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "needs strace"),
        .enabled("SWIFTLET_INTERRUPT is not set") { ProcessInfo.processInfo.environment["SWIFTLET_INTERRUPT"] != nil })
    func `leaves nothing, and says what failed`() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SWIFTLET_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: 1...1_000_000)
        try await Bundle.with(.ours) { bundle async throws in
            try bundle.write(.full)
            var chosen = try await Interruption.all(in: bundle)
            #expect(chosen.count > 500, "strace shows what the commands call")
            if let only = environment["SWIFTLET_INTERRUPT"], only != "all", only != "sample" {
                chosen = chosen.filter { $0.words.contains(only) }
            } else if environment["SWIFTLET_INTERRUPT"] == "sample" {
                var random = SeededGenerator(state: seed)
                chosen = Array(chosen.shuffled(using: &random).prefix(120))
            }
            for start in stride(from: 0, to: chosen.count, by: 30) {
                let words = chosen[start..<min(start + 30, chosen.count)].map(\.words).joined(separator: "\n")
                try Data((words + "\n").utf8).write(to: bundle.directory.appending(path: "output-input"))
                let answer = try await bundle.shell("exec <output-input; \(Interruption.script)")
                #expect(answer.text == "done\n", "seed \(seed)\n\(answer.text)")
            }
        }
    }
}
