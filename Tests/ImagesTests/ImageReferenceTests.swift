import OCI
import Testing

@Suite struct `An image's name` {
    private static let hash = String(repeating: "a", count: 64)

    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest"), ("busybox:1.36", "docker.io/library/busybox:1.36"),
        ("team/app", "docker.io/team/app:latest"), ("docker.io/busybox", "docker.io/library/busybox:latest"),
        ("index.docker.io/library/busybox", "docker.io/library/busybox:latest"),
        ("localhost/app", "localhost/app:latest"), ("localhost:5000/app:v1", "localhost:5000/app:v1"),
        ("registry.example/a/b/c", "registry.example/a/b/c:latest"), ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ("127.0.0.1:80/x__y/a-b--c.d", "127.0.0.1:80/x__y/a-b--c.d:latest"), ("UPPER/app", "UPPER/app:latest"),
        ("app@sha256:\(hash)", "docker.io/library/app@sha256:\(hash)"),
        ("app:1@sha256:\(hash)", "docker.io/library/app:1@sha256:\(hash)"), ("a:_-.", "docker.io/library/a:_-."),
    ])
    func `is completed`(name: String, full: String) throws {
        let reference = try ImageReference(name)
        #expect(reference.description == full)
        #expect(try ImageReference(full) == reference)
    }

    @Test(arguments: [
        "", ":", "@", "a:", ":1", "Busybox", "a b", "a//b", "/a", "a/", "-a", "a-", "a._b", "a...b", "a___b", "a:-1",
        "a:b:c", "a@sha256:abc", "a@sha256:\(hash.uppercased())", "a@md5", "exa_mple.org/a", "host:port/a",
        "host:99999/a", "[::1/a", "a:\(String(repeating: "x", count: 129))", String(repeating: "x", count: 300),
        "ünicode", "a\nb", "../../etc", "a:../b", "host/../a",
    ])
    func `is refused if it breaks the grammar`(name: String) {
        #expect(throws: ImageReference.InvalidName.self) { try ImageReference(name) }
    }
}

@Suite struct `A platform` {
    @Test(
        arguments: [
            ("amd64", nil, ["arm64", "amd64", "386"], "amd64"), ("amd64", nil, ["386"], "386"),
            ("amd64", nil, ["arm"], nil),
            ("arm64", nil, ["arm64/v9", "arm64"], "arm64"),
            ("arm64", "v9.1", ["arm64/v8", "arm64/v9.1"], "arm64/v9.1"),
            ("arm", "v7", ["arm/v5", "arm/v6", "arm/v8"], "arm/v6"),
            ("amd64", "v3", ["amd64", "amd64/v2"], "amd64/v2"),
            ("amd64", nil, ["amd64/v2"], nil), ("arm64", nil, ["aarch64"], "aarch64"), ("amd64", nil, ["unknown"], nil),
        ] as [(String, String?, [String], String?)])
    func `gets the best of an index`(own: String, variant: String?, offered: [String], chosen: String?) throws {
        let entries = try offered.enumerated().map { number, text in
            let parts = text.split(separator: "/").map(String.init)
            let digest = try #require(Digest(sha256: String(repeating: "\(number)", count: 64)))
            return Descriptor(
                mediaType: MediaType.manifest, digest: digest, size: 1,
                platform: Platform(os: "linux", architecture: parts[0], variant: parts.count > 1 ? parts[1] : nil))
        }
        let found = ImageIndex(manifests: entries).entries(
            for: Platform(os: "linux", architecture: own, variant: variant)
        ).first?.platform
        #expect(found.map { $0.architecture + ($0.variant.map { "/\($0)" } ?? "") } == chosen)
    }
}
