import Kubernetes
import Linux
import Pods
import SystemPackage
import Testing

@testable import Node

private let now = Time(seconds: 1_790_000_000)

@Suite struct `Manifests that belong together` {
    private static func map(_ name: String, _ value: String) -> String {
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \(name)}\ndata: {k: '\(value)'}\n"
    }

    private func value(_ directory: ManifestDirectory, _ name: String) -> String? {
        directory.objects.configMaps[.init("default", name)]?.text("k")
    }

    @Test func `are documents of one file: all of them count, or what was there before`() async throws {
        try await withScratch { path in
            let file = path.appending("all.yaml")
            try write("\(Self.map("m", "1"))---\n\(manifest("web", image: "v1"))", to: file)
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            #expect(directory.refresh(nil, now: now) == [])
            #expect(value(directory, "m") == "1" && directory.pods.map(\.name) == ["web-n1"])

            try write("\(Self.map("m", "2"))---\n\(manifest("web", image: "v2", more: "    nothing: [}"))", to: file)
            #expect(directory.refresh(["all.yaml"], now: now).count == 1)
            #expect(value(directory, "m") == "1" && directory.pods.map(\.containers[0].image) == ["v1"])

            try write("\(Self.map("m", "3"))---\n\(manifest("web", image: "v3"))", to: file)
            #expect(directory.refresh(["all.yaml"], now: now) == [])
            #expect(value(directory, "m") == "3" && directory.pods.map(\.containers[0].image) == ["v3"])
        }
    }

    @Test func `are files of one directory, by the order of their names`() async throws {
        try await withScratch { path in
            let bundle = path.appending("app")
            try makeDirectory(bundle)
            try write(Self.map("m", "1"), to: bundle.appending("a.yaml"))
            try write(manifest("web", image: "v1"), to: bundle.appending("b.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            #expect(directory.refresh(nil, now: now) == [])
            #expect(value(directory, "m") == "1" && directory.pods.map(\.name) == ["web-n1"])

            try write(Self.map("m", "2"), to: bundle.appending("a.yaml"))
            try write("apiVersion: v1\nkind: Deployment", to: bundle.appending("b.yaml"))
            let notes = directory.refresh(["app"], now: now)
            #expect(notes.count == 1 && notes[0].text.hasPrefix("b.yaml: kind: expected"), "\(notes)")
            #expect(value(directory, "m") == "1" && directory.pods.map(\.name) == ["web-n1"])

            try remove(bundle.appending("b.yaml"))
            #expect(directory.refresh(["app"], now: now) == [])
            #expect(value(directory, "m") == "2" && directory.pods.isEmpty)
            try remove(bundle)
            _ = directory.refresh(nil, now: now)
            #expect(directory.objects.isEmpty)
        }
    }

    @Test(arguments: [
        ("data: {'../x': z}", "config key"), ("binaryData: {x: '%'}", "not base64"),
        ("data: {x: z}\nbinaryData: {x: eQ==}", "duplicate of key present in data"),
        ("data: {x: 1}", "expected a string"),
    ])
    func `name what no object can hold`(text: String, words: String) async throws {
        try await withScratch { path in
            try write("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n\(text)", to: path.appending("a.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.count == 1 && notes[0].text.contains(words), "\(notes)")
            #expect(directory.objects.isEmpty)
        }
    }

    @Test func `are told when a file of their directory changes`() async throws {
        try await withScratch { path in
            let bundle = path.appending("app")
            try makeDirectory(bundle)
            try write(manifest("web", image: "v1"), to: bundle.appending("a.yaml"))
            let delivery = Delivery()
            let source = ManifestSource(path: path, nodeName: "n1", relist: .seconds(3600)) { delivery.take($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await source.run() }
                #expect(await delivery.until(words: ["web-n1=v1"]))
                try write(manifest("web", image: "v2"), to: bundle.appending("a.yaml"))
                #expect(await delivery.until(words: ["web-n1=v2"]))
                let other = path.appending("other")
                try makeDirectory(other)
                try write(manifest("two", image: "v1"), to: other.appending("a.yaml"))
                #expect(await delivery.until(words: ["web-n1=v2", "two-n1=v1"]))
                group.cancelAll()
            }
        }
    }
}
