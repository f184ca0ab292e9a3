import Kubernetes
import Linux
import Pods
import SystemPackage
import Testing

@testable import Node

private let now = Time(seconds: 1_700_000_000)

@Suite struct `A directory of manifests` {
    @Test func `gives the pods of its files and of nothing else`() async throws {
        try await withScratch { path in
            try write(manifest("web"), to: path.appending("web.yaml"))
            try write(
                #"{"apiVersion":"v1","kind":"PodList","items":[{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i"}]}}]}"#,
                to: path.appending("list.json"))
            for hidden in [".web.yaml.swp", "web.yaml~", "#web.yaml#"] {
                try write(manifest("hidden"), to: path.appending(hidden))
            }
            try makeDirectory(path.appending("sub"))
            try write(manifest("sub"), to: path.appending("sub/a.yaml"))
            try link(path.appending("linked-sub"), to: "sub")
            try link(path.appending("linked.yaml"), to: "sub/a.yaml")
            try link(path.appending("dangling.yaml"), to: "nowhere")
            var directory = ManifestDirectory(path: path, nodeName: "N1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.count == 2, "of three pods of one name two are left out")
            #expect(notes.allSatisfy { $0.isError && $0.text.hasSuffix("gives one of that name") })
            #expect(directory.refresh(nil, now: now) == [])
            #expect(directory.pods.map(\.name) == ["sub-n1", "a-n1", "web-n1"])
            #expect(directory.pods.allSatisfy { $0.source == .file && $0.namespace == "default" })
        }
    }

    @Test(arguments: [
        ("kind: Pod", "apiVersion"), ("apiVersion: v1\nkind: Deployment", "Deployment"), ("a: [", ""),
        ("", "no object"),
        ("\u{0}\u{1}\u{2}", ""), (manifest("", image: "x"), "metadata.name"),
        (manifest("web", more: "    resources: {limits: {memory: much}}"), "memory"),
        (manifest("web", more: "    volumeDevices: [{name: a, devicePath: /a}]"), "volumeDevices"),
        (
            "a: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e]\ng: [*f,*f,*f,*f,*f,*f,*f,*f]",
            ""
        ),
    ])
    func `names a bad file once, and takes the others`(text: String, word: String) async throws {
        try await withScratch { path in
            try write(manifest("web"), to: path.appending("z.yaml"))
            try write(text, to: path.appending("bad.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.count == 1 && notes.first?.isError == true && notes.first?.path == path.appending("bad.yaml"))
            #expect(notes.first?.text.contains(word) == true, "\(notes)")
            #expect(directory.pods.map(\.name) == ["web-n1"])
            #expect(directory.refresh(nil, now: now) == [], "not told twice")
            #expect(directory.problems.count == 1)
        }
    }

    @Test func `is not harmed by what is no file`() async throws {
        try await withScratch { path in
            try write(manifest("web"), to: path.appending("web.yaml"))
            try link(path.appending("loop.yaml"), to: "loop.yaml")
            _ = try UnixSocket.listening(at: path.appending("socket.yaml"), .stream)
            try link(path.appending("zero.yaml"), to: "/dev/zero")
            let big = try FileDescriptor.open(
                path.appending("big.yaml"), .writeOnly, options: .create, permissions: .ownerReadWrite)
            try big.closeAfter { _ = try big.writeAll(toAbsoluteOffset: 11 << 20, [UInt8(ascii: "a")]) }
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.map(\.path.lastComponent?.string) == ["big.yaml", "loop.yaml", "socket.yaml", "zero.yaml"])
            #expect(notes.first?.text == "it is larger than 10 MiB")
            #expect(directory.pods.map(\.name) == ["web-n1"])
            #expect(directory.refresh(nil, now: now) == [])
        }
    }

    @Test func `keeps a pod whose file turns bad, until the file is mended or gone`() async throws {
        try await withScratch { path in
            let file = path.appending("web.yaml")
            try write(manifest("web"), to: file)
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            #expect(directory.refresh(nil, now: now) == [])
            let first = directory.pods
            try write("oops: [", to: file)
            let notes = directory.refresh(nil, now: now)
            #expect(notes.count == 1 && notes[0].text.hasSuffix("(what it gave before keeps running)"))
            #expect(directory.pods == first)
            try write(manifest("web", more: "    command: 7"), to: file)
            #expect(directory.refresh(nil, now: now).count == 1)
            #expect(directory.pods == first)
            try write(manifest("web"), to: file)
            #expect(directory.refresh(nil, now: Time(seconds: 5)) == [])
            #expect(directory.pods == first, "not even first seen anew")
            try remove(file)
            #expect(directory.refresh(nil, now: now) == [])
            #expect(directory.pods.isEmpty)
        }
    }

    @Test(arguments: ["\0", "\0\0", "\0\0\0\0\0", "\0a\0b\0"])
    func `keeps what a file gave that zeros have taken the place of`(text: String) async throws {
        try await withScratch { path in
            let file = path.appending("web.yaml")
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            try write(manifest("web"), to: file)
            #expect(directory.refresh(nil, now: now) == [])
            try write(text, to: file)
            #expect(
                directory.refresh(nil, now: now).map(\.text) == [
                    "not text: it contains the byte 0x0 (what it gave before keeps running)"
                ])
            #expect(directory.refresh(nil, now: now) == [] && directory.pods.map(\.name) == ["web-n1"])
        }
        let answer = ManifestText(Array(text.utf8), from: .url("http://x"), nodeName: "n1")
        #expect(!answer.errors.isEmpty)
    }

    @Test func `takes the first of two files with the same pod and names the other`() async throws {
        try await withScratch { path in
            try write(manifest("web", image: "two"), to: path.appending("b.yaml"))
            try write(manifest("web", image: "one"), to: path.appending("a.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.count == 1)
            #expect(notes[0].text.contains("b.yaml: pod default/web-n1 is left out: "))
            #expect(notes[0].text.contains("/a.yaml gives one of that name"))
            #expect(directory.pods.map(\.containers[0].image) == ["one"])
            #expect(directory.refresh(nil, now: now) == [])
            try remove(path.appending("a.yaml"))
            #expect(directory.refresh(nil, now: now) == [])
            #expect(directory.pods.map(\.containers[0].image) == ["two"])
        }
    }

    @Test func `names unknown fields and takes the pod`() async throws {
        try await withScratch { path in
            try write(manifest("web", more: "    imagee: x"), to: path.appending("web.yaml"))
            var directory = ManifestDirectory(path: path, nodeName: "n1")
            let notes = directory.refresh(nil, now: now)
            #expect(notes.map(\.text) == ["spec.containers[0].imagee: unknown field"])
            #expect(notes.first?.isError == false && directory.pods.count == 1)
        }
    }

    @Test func `may be a single file, and may be missing`() async throws {
        try await withScratch { path in
            let file = path.appending("web.yaml")
            var directory = ManifestDirectory(path: FilePath("\(file)/"), nodeName: "n1")
            #expect(directory.refresh(nil, now: now) == [] && directory.pods.isEmpty)
            try write(manifest("web"), to: file)
            #expect(directory.refresh([""], now: now) == [])
            #expect(directory.pods.map(\.name) == ["web-n1"])
        }
    }
}
