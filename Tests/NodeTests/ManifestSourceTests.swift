import FoundationEssentials
import Linux
import Pods
import SystemPackage
import Testing

@testable import Node

/// Watches `path` while `body` runs; the relist is off unless asked for, so that only inotify can tell.
private func watching(
    _ path: FilePath, relist: Duration = .seconds(3600), _ body: (Delivery) async throws -> Void
) async throws {
    let delivery = Delivery()
    let source = ManifestSource(path: path, nodeName: "n1", relist: relist) { delivery.take($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await source.run() }
        #expect(await delivery.until { delivery.count > 0 }, "the first set comes even if it is empty")
        try await body(delivery)
        group.cancelAll()
    }
}

@Suite struct `A source of manifests` {
    @Test func `hands over a file that is renamed into place within milliseconds`() async throws {
        try await withScratch { path in
            try await watching(path) { delivery in
                var times: [Duration] = []
                for round in 1...20 {
                    try write(manifest("web", image: "v\(round)"), to: path.appending(".web"))
                    let start = ContinuousClock.now
                    try rename(path.appending(".web"), to: path.appending("web.yaml"))
                    #expect(await delivery.until(words: ["web-n1=v\(round)"]))
                    times.append(.now - start)
                }
                // Half of them: the machine may be busy with other tests.
                #expect(times.sorted()[times.count / 2] < .milliseconds(20), "\(times.sorted())")
            }
        }
    }

    @Test func `reads a file when its writer closes it, and never half of it`() async throws {
        try await withScratch { path in
            try write(manifest("web", image: "v1"), to: path.appending("web.yaml"))
            try await watching(path) { delivery in
                #expect(delivery.words == ["web-n1=v1"])
                let file = try FileDescriptor.open(path.appending("web.yaml"), .writeOnly, options: .truncate)
                for piece in manifest("web", image: "v2").split(separator: "\n", omittingEmptySubsequences: false) {
                    _ = try file.writeAll(Array("\(piece)\n".utf8))
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(delivery.words == ["web-n1=v1"])
                let start = ContinuousClock.now
                try file.close()
                #expect(await delivery.until(words: ["web-n1=v2"]))
                #expect(ContinuousClock.now - start < .milliseconds(300))
                #expect(delivery.count == 2)
            }
        }
    }

    @Test func `reads a file that its writer keeps open, once it is still`() async throws {
        try await withScratch { path in
            try await watching(path) { delivery in
                let file = try FileDescriptor.open(
                    path.appending("web.yaml"), .writeOnly, options: .create, permissions: .ownerReadWrite)
                _ = try file.writeAll(Array(manifest("web", image: "v1").utf8))
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try file.close()
            }
        }
    }

    @Test func `follows removal, links and moves out and in`() async throws {
        try await withScratch { path in
            let (manifests, outside) = (path.appending("manifests"), path.appending("outside.yaml"))
            try makeDirectory(manifests)
            try write(manifest("web", image: "v1"), to: outside)
            try await watching(manifests) { delivery in
                try FileManager.default.linkItem(atPath: outside.string, toPath: manifests.appending("a.yaml").string)
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try remove(manifests.appending("a.yaml"))
                #expect(await delivery.until(words: []))
                try link(manifests.appending("b.yaml"), to: "../outside.yaml")
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try rename(manifests.appending("b.yaml"), to: path.appending("b.yaml"))
                #expect(await delivery.until(words: []))
            }
        }
    }

    @Test func `follows its directory: made later, removed, replaced`() async throws {
        try await withScratch { path in
            let manifests = path.appending("etc/manifests")
            try await watching(manifests) { delivery in
                #expect(delivery.words == [])
                try makeDirectory(path.appending("new"))
                try write(manifest("web", image: "v1"), to: path.appending("new/web.yaml"))
                try makeDirectory(path.appending("etc"))
                try rename(path.appending("new"), to: manifests)
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try rename(manifests, to: path.appending("old"))
                #expect(await delivery.until(words: []))
                try makeDirectory(manifests)
                try write(manifest("web", image: "v2"), to: manifests.appending("web.yaml"))
                #expect(await delivery.until(words: ["web-n1=v2"]))
            }
        }
    }

    @Test func `follows a single file that an editor replaces`() async throws {
        try await withScratch { path in
            let file = path.appending("web.yaml")
            try await watching(file) { delivery in
                try write(manifest("web", image: "v1"), to: file)
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try write(manifest("web", image: "v2"), to: path.appending("web.yaml.new"))
                try rename(path.appending("web.yaml.new"), to: file)
                #expect(await delivery.until(words: ["web-n1=v2"]))
                try remove(file)
                #expect(await delivery.until(words: []))
            }
        }
    }

    @Test func `sees by its relist what inotify does not tell`() async throws {
        try await withScratch { path in
            let (manifests, outside) = (path.appending("manifests"), path.appending("outside.yaml"))
            try makeDirectory(manifests)
            try write(manifest("web", image: "v1"), to: outside)
            try link(manifests.appending("web.yaml"), to: "../outside.yaml")
            try await watching(manifests, relist: .milliseconds(50)) { delivery in
                #expect(delivery.words == ["web-n1=v1"])
                try write(manifest("web", image: "v2"), to: outside)
                #expect(await delivery.until(words: ["web-n1=v2"]))
            }
        }
    }

    @Test func `tells nothing when nothing changed`() async throws {
        try await withScratch { path in
            try write(manifest("web"), to: path.appending("web.yaml"))
            try await watching(path, relist: .milliseconds(10)) { delivery in
                try write(manifest("web"), to: path.appending("web.yaml"))
                try await Task.sleep(for: .milliseconds(200))
                #expect(delivery.count == 1)
            }
        }
    }
}
