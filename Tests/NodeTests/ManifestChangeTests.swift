import Kubernetes
import Linux
import Pods
import SystemPackage
import TestSupport
import Testing

@testable import Node

private let now = Time(seconds: 1_700_000_000)

@Suite struct `A change of one manifest` {
    /// What a file may hold: pods of names that other files have, too, objects, several of them, or nothing good.
    private static func text(_ random: inout SeededGenerator) -> String {
        func one(of words: [String]) -> String { words[Int.random(in: 0..<words.count, using: &random)] }
        func pod() -> String { manifest(one(of: ["web", "api", "db"]), image: one(of: ["a", "b"])) }
        let map =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {k: '\(Int.random(in: 0...1, using: &random))'}"
        let own = manifest("own-\(Int.random(in: 0...99, using: &random))")
        return switch Int.random(in: 0...9, using: &random) {
        case 0...4: own
        case 5, 6: pod()
        case 7: "\(pod())\n---\n\(own)"
        case 8: "\(map)\n---\n\(own)"
        default: "oops: ["
        }
    }

    @Test(arguments: 0..<20) func `gives what looking at all of them gives`(seed: UInt64) async throws {
        try await withScratch { path in
            var random = SeededGenerator(state: seed)
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            _ = directory.refresh(nil, now: now)
            // What a file gave before it turned bad goes on: whoever looks for the first time does not know it.
            var good: [String: String] = [:]
            for _ in 0..<40 {
                let name = "\(Int.random(in: 0...4, using: &random)).yaml"
                let (before, revision) = (directory.pods, directory.revision)
                if Int.random(in: 0...3, using: &random) == 0 {
                    if good.removeValue(forKey: name) != nil { try remove(path.appending(name)) }
                } else {
                    let text = Self.text(&random)
                    try write(text, to: path.appending(name))
                    if text != "oops: [" || good[name] == nil { good[name] = text }
                }
                _ = directory.refresh([name], now: now)
                try await withScratch { other in
                    for (name, text) in good { try write(text, to: other.appending(name)) }
                    var whole = ManifestDirectory(path: other, nodeName: "n1")
                    _ = whole.refresh(nil, now: now)
                    #expect(directory.pods.map(\.fullName) == whole.pods.map(\.fullName))
                    #expect(directory.pods.map(\.containers[0].image) == whole.pods.map(\.containers[0].image))
                    #expect(directory.objects == whole.objects)
                }
                #expect((directory.revision != revision) == (directory.pods != before))
            }
        }
    }

    @Test func `is all that is looked at`() async throws {
        try await withScratch { path in
            try write(manifest("web"), to: path.appending("web.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            _ = directory.refresh(nil, now: now)
            try write(manifest("new"), to: path.appending("new.yaml"))
            try write(manifest("other"), to: path.appending("other.yaml"))
            _ = directory.refresh(["new.yaml"], now: now)
            #expect(directory.pods.map(\.name) == ["new-n1", "web-n1"])
            _ = directory.refresh(["new.yaml"], except: ["new.yaml"], now: now)
            _ = directory.refresh(nil, now: now)
            #expect(directory.pods.map(\.name) == ["new-n1", "other-n1", "web-n1"])
        }
    }
}
