import Foundation
import TestSupport
import Testing

@Suite(.tags(.conformance), .needsRoot) struct `An interrupted runtime` {
    /// As many of the kernel calls as fit into a minute, by `SWIFTLET_SEED`. `SWIFTLET_INTERRUPT=all` tries them all, any
    /// other word those of which it is a part.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace"), "needs strace"))
    func `leaves nothing, and says what failed`() async throws {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["SWIFTLET_SEED"].flatMap(UInt64.init) ?? 1
        let all = try await Self.withContainer { bundle, _ in try await Interruption.all(in: bundle) }
        #expect(all.count > 500, "strace shows what the commands call")
        let chosen =
            switch environment["SWIFTLET_INTERRUPT"] {
            case nil: Interruption.chosen(from: all, count: 600, seed: seed)
            case "all": all
            case .some(let words): all.filter { $0.words.contains(words) }
            }
        // The machine's processors have one each; each its own container.
        let lanes = 2
        try await withThrowingTaskGroup { group in
            for lane in 0..<lanes {
                let points = stride(from: lane, to: chosen.count, by: lanes).map { chosen[$0] }
                group.addTask { try await Self.walk(points, seed: seed) }
            }
            try await group.waitForAll()
        }
    }

    private static func walk(_ points: [Interruption], seed: UInt64) async throws {
        try await withContainer { bundle, nap in
            for start in stride(from: 0, to: points.count, by: 30) {
                let words = points[start..<min(start + 30, points.count)].map(\.words).joined(separator: "\n")
                try Data((words + "\n").utf8).write(to: bundle.directory.appending(path: "output-input"))
                let answer = try await bundle.shell("NAP=\(nap); exec <output-input; \(Interruption.script)")
                let last = bundle.text("output-point") ?? ""
                #expect(answer.text == "done\n", "seed \(seed)\n\(answer.text)ends with \(last)")
            }
        }
    }

    private static func withContainer<R>(_ body: (Bundle, UInt32) async throws -> R) async throws -> R {
        let nap = UInt32.random(in: 100_000_000...999_999_999)
        return try await Bundle.with(.ours) { bundle async throws in
            try bundle.write(.full(sleeping: nap))
            return try await body(bundle, nap)
        }
    }
}
