import Images
import Linux
import OCI
import SystemPackage
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An image archive` {
    private static let layer =
        #"t.dir("bin", mode=0o700); t.file("bin/sh", os.urandom(50000), mode=0o755); t.compress = gzip.compress"#

    @Test(arguments: [
        ("oci-archive:a.tar:example.org/team/app:2", "a.tar", ""), ("oci-archive:a.tar:app", "a.tar", "app:latest"),
        ("docker-archive:a.tar:app:3", "a.tar", "app:3"), ("oci:copy:app:4", "copy", "app:4"),
        ("oci-archive:a.tar:app:5", "a.tar.gz", "app:5"), ("docker-archive:a.tar:app:6", "a.tar.zst", "app:6"),
        ("oci-archive:a.tar:app:7", "a.tar.xz", "app:7"),
    ])
    func `by skopeo is imported, and the store is one that skopeo reads`(
        destination: String, file: String, name: String
    ) async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer, Self.layer, options: "config={'Cmd': ['/bin/sh'], 'Env': None}")
            try await host.tool("skopeo", "copy", "-q", "oci:layout:demo:1", destination)
            let compressors = [".gz": "gzip", ".zst": "zstd -q", ".xz": "xz"]
            for (suffix, tool) in compressors where file.hasSuffix(suffix) {
                try await host.tool("sh", "-c", "\(tool) a.tar")
            }
            let store = try host.store()
            let images = try await store.importArchive(host.file(file))
            let full = name.isEmpty ? "example.org/team/app:2" : "docker.io/library/\(name)"
            #expect(images.map(\.names) == [[full]])
            let image = try #require(try await store.image(full))
            #expect(image.config.config?.cmd == ["/bin/sh"])
            #expect(
                try await host.tool("skopeo", "inspect", "oci:images:\(full)").contains(
                    image.manifest.digest.description))
            // What the layers stack up to is what umoci makes of the same image.
            try await host.tool("umoci", "unpack", "--image", "layout:demo:1", "bundle")
            let theirs = try await host.tree(host.file("bundle/rootfs"))
            let ours = try await host.overlay(store.layers(of: image))
            #expect(ours.split(separator: "\n").dropFirst() == theirs.split(separator: "\n").dropFirst())
            // Another run of the agent finds it again, by every kind of name.
            let again = try host.store()
            for reference in [full, image.id.description, String(image.id.digest.encoded.prefix(12)), image.digests[0]]
            {
                #expect(try await again.image(reference)?.id == image.id)
            }
            #expect(try await again.image("nothing:here") == nil)
        }
    }

    @Test func `of many platforms may hold one of them only`() async throws {
        try await ImageHost.run { host in
            let layout = try await host.layout(Self.layer, options: "index_of=['arm64', 's390x']")
            let store = try host.store()
            let image = try #require(try await store.importArchive(layout).first)
            #expect(image.digests[0] != "docker.io/library/demo@\(image.manifest.digest)")
            #expect(try await store.layers(of: image).count == 1)
            try await store.collectGarbage()
            #expect(try await store.list() == [image])
        }
    }

    @Test(arguments: [
        ("damage=lambda b: b[:-1] + b'!'", "its content is", "corrupt"),
        ("damage=lambda b: b[:-1]", "", "corrupt"),
        ("drop=0", "is missing", "corrupt"),
        ("arch='s390x'", "nothing in it runs on", "wrongPlatform"),
        ("extra={'manifests': []}", "an index and a manifest at once", "corrupt"),
        ("announced='application/vnd.oci.image.index.v1+json'", "it is a manifest, but", "corrupt"),
        ("extra={'schemaVersion': 1}", "schema 1", "corrupt"),
        ("diff_ids=['sha256:' + '0' * 64]", "configuration says", "corrupt"),
        ("diff_ids=[]  or ['sha256:' + '0' * 64] * 2", "2 DiffIDs for 1 layers", "corrupt"),
        (
            "extra={'config': {'mediaType': 'application/vnd.oci.empty.v1+json', 'digest': 'sha256:' + '0' * 64, 'size': 2}}",
            "not a container image", "unsupported"
        ),
        ("extra={'layers': 'none'}", ".layers has the wrong type", "corrupt"),
        ("name='Upper'", "no image name", "invalidName"),
    ])
    func `that is wrong is refused as a whole`(options: String, message: String, kind: String) async throws {
        try await ImageHost.run { host in
            let layout = try await host.layout(Self.layer, options: options)
            let store = try host.store()
            let error = await #expect(throws: ImageError.self) { try await store.importArchive(layout) }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(message), "\(text)")
            #expect(error.map { "\(Mirror(reflecting: $0).children.first?.label ?? "")" } == kind, "\(text)")
            #expect(try directoryEntries(host.storeRoot.appending("blobs/sha256")).isEmpty)
            // As an archive it fares no better.
            try await host.tool("tar", "-C", layout.string, "-cf", "a.tar", ".")
            await #expect(throws: ImageError.self) { try await store.importArchive(host.file("a.tar")) }
            #expect(try directoryEntries(host.storeRoot.appending("work")).isEmpty)
        }
    }

    @Test(arguments: ["printf ''", "head -c 100000 /dev/urandom", "printf 'no tar at all'", "tar -c /etc/hostname"])
    func `that is none is refused`(command: String) async throws {
        try await ImageHost.run { host in
            try await host.tool("sh", "-c", "\(command) >a.tar 2>/dev/null")
            let store = try host.store()
            await #expect(throws: ImageError.self) { try await store.importArchive(host.file("a.tar")) }
            await #expect(throws: ImageError.self) { try await store.importArchive(host.file("absent.tar")) }
        }
    }

    @Test func `takes a name over, and removal takes back all of it`() async throws {
        try await ImageHost.run { host in
            let store = try host.store()
            let first = try #require(try await store.importArchive(host.layout(Self.layer, name: "one")).first)
            let second = try #require(try await store.importArchive(host.layout(Self.layer, name: "two")).first)
            #expect(try await store.image("demo:1")?.id == second.id)
            // The old one is still known by its digest, as a container may run it.
            #expect(try await store.image(first.id.description)?.names == [])
            await #expect(throws: ImageError.self) { try await store.remove("demo:1", inUse: [second.id]) }
            try await store.remove(first.id.description)
            #expect(try await store.list().map(\.id) == [second.id])
            try await store.remove("demo:1")
            #expect(try directoryEntries(host.storeRoot.appending("blobs/sha256")).isEmpty)
            #expect(try directoryEntries(host.storeRoot.appending("layers")).isEmpty)
            await #expect(throws: ImageError.self) { try await store.remove("demo:1") }
        }
    }

    @Test func `whose layers were lost is unpacked again`() async throws {
        try await ImageHost.run { host in
            let store = try host.store()
            let image = try #require(try await store.importArchive(host.layout(Self.layer, Self.layer)).first)
            let layers = try await store.layers(of: image)
            let before = try await host.overlay(layers)
            try removeTree(at: layers[0])
            #expect(try await host.overlay(store.layers(of: image)) == before)
        }
    }
}
