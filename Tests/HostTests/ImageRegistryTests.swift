import Images
import Linux
import OCI
import SystemPackage
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(5))) struct `A registry` {
    private static let layer =
        #"t.dir("bin"); t.file("bin/sh", os.urandom(300000), mode=0o755); t.compress = gzip.compress"#

    private func credentials(_ host: ImageHost, _ registry: String, password: String = "s3cret") async throws
        -> RegistryConfiguration
    {
        try await host.tool(
            "python3", "-c",
            "import json,base64; json.dump({'auths': {'\(registry)': {'auth': base64.b64encode(b'joe:\(password)').decode()}}}, open('config.json','w'))"
        )
        return quick(RegistryConfiguration(credentialFiles: [host.file("config.json")]))
    }

    private func quick(_ configuration: RegistryConfiguration = RegistryConfiguration()) -> RegistryConfiguration {
        var configuration = configuration
        configuration.progressTimeout = .seconds(2)
        configuration.connectTimeout = .seconds(2)
        return configuration
    }

    @Test(arguments: [false, true]) func `of Debian serves images, with and without users`(users: Bool) async throws {
        try await ImageHost.run { host in
            let server = try await host.registry(auth: users ? .users : .none)
            try await host.layout(Self.layer, Self.layer)
            let login = users ? ["--dest-creds", "joe:s3cret"] : []
            for (name, format) in [("a", "oci"), ("b", "v2s2")] {
                try await host.tool(
                    "sh", "-c",
                    "skopeo copy -q --dest-tls-verify=false \(login.joined(separator: " ")) -f \(format) oci:layout:demo:1 docker://\(server.name)/team/\(name):1"
                )
            }
            let store = try await host.store(users ? credentials(host, server.name) : quick())
            let image = try await store.pull("\(server.name)/team/a:1")
            #expect(image.names == ["\(server.name)/team/a:1"])
            #expect(try await store.layers(of: image).count == 2)
            let docker = try await store.pull("\(server.name)/team/b:1")
            #expect(docker.layerChain == image.layerChain)
            #expect(
                try await store.pull(docker.digests[0].replacing("team/a@", with: "team/b@")).layerChain
                    == image.layerChain)
            _ = try await store.pull("\(server.name)/team/a:1")
            #expect(try await store.list().count >= 1)
            await #expect(throws: ImageError.self) { try await store.pull("\(server.name)/team/none:1") }
            #expect(try await host.tool("skopeo", "inspect", "oci:images:\(server.name)/team/a:1").contains("amd64"))
            if users {
                for configuration in [quick(), try await credentials(host, server.name, password: "wrong")] {
                    let stranger = try ImageStore(root: host.file("stranger"), registries: configuration)
                    let error = await #expect(throws: ImageError.self) {
                        try await stranger.pull("\(server.name)/team/a:1")
                    }
                    if case .unauthorized? = error {} else { Issue.record("\(error.map { "\($0)" } ?? "none")") }
                }
            }
        }
    }

    @Test func `is asked for each blob once, however many want it`() async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer, Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", "good", "layout"])
            let store = try host.store(quick())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for tag in 0..<8 {
                    let name = "\(server.name)/demo:\(tag % 4)"
                    group.addTask { _ = try await store.pull(name) }
                }
                try await group.waitForAll()
            }
            let log = try await host.tool("cat", "requests.log").split(separator: "\n").filter {
                $0.contains("/blobs/")
            }
            #expect(log.count == 3)
            #expect(try await store.list().first?.names.count == 4)
        }
    }

    @Test(arguments: ["flaky-once", "flaky", "no-range", "redirect", "no-head", "bearer-anonymous"])
    func `may be difficult, and the image comes nevertheless`(mode: String) async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", mode, "layout"])
            let store = try host.store(quick())
            let image = try await store.pull("\(server.name)/demo:1")
            #expect(try await host.tree(store.layers(of: image)[0]).contains("bin/sh"))
            #expect(try directoryEntries(host.storeRoot.appending("ingest")).isEmpty)
            if mode == "flaky-once" { #expect(try await host.tool("cat", "requests.log").contains("range=bytes=")) }
        }
    }

    @Test(arguments: ["bearer", "bearer-get", "basic-redirect"])
    func `gets credentials where they belong, and nobody else`(mode: String) async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", mode, "layout"])
            let store = try await host.store(credentials(host, server.name))
            _ = try await store.pull("\(server.name)/demo:1")
            let log = try await host.tool("cat", "requests.log")
            for line in log.split(separator: "\n") where line.contains("/elsewhere/") {
                #expect(line.contains("auth=None"))
            }
            if mode == "basic-redirect" { #expect(log.contains("/elsewhere/")) }
            if mode == "bearer" { #expect(log.contains("grant_type=password") && !log.contains("GET /token")) }
        }
    }

    @Test func `does not send its users to a stranger in the clear`() async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", "foreign-realm", "layout"])
            let store = try await host.store(credentials(host, server.name))
            let error = await #expect(throws: ImageError.self) { try await store.pull("\(server.name)/demo:1") }
            #expect(error.map { "\($0)" }?.contains("not encrypted") == true)
        }
    }

    @Test(arguments: [
        ("hang", "does not answer", "unavailable"), ("hang-manifest-body", "does not answer", "unavailable"),
        ("hang-blob", "does not answer", "unavailable"), ("down", "503", "unavailable"),
        ("forbidden", "DENIED: not yours", "unauthorized"), ("loop", "redirects", "unavailable"),
        ("wrong-digest", "its content is", "corrupt"), ("disguise", "announced as", "corrupt"),
        ("huge-manifest", "more than", "tooLarge"), ("lies-longer", "more than the", "corrupt"),
        ("lies-shorter", "too early", "unavailable"), ("garbage", "its content is", "corrupt"),
        ("flaky-for-ever", "", "unavailable"), ("bearer", "who are you", "unauthorized"),
    ])
    func `that misbehaves ends in a clear error, soon`(mode: String, message: String, kind: String) async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", mode, "layout"])
            let store = try host.store(quick())
            let error = await #expect(throws: ImageError.self) { try await store.pull("\(server.name)/demo:1") }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(message), "\(text)")
            #expect(error.map { "\(Mirror(reflecting: $0).children.first?.label ?? "")" } == kind, "\(text)")
            #expect(try await store.list().isEmpty)
        }
    }

    @Test func `is resumed by the next agent where the last one was killed`() async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            do {
                let server = try await TestServer(host, ["python3", "server.py", "hang-blob", "layout"])
                let store = try host.store(quick())
                await #expect(throws: ImageError.self) { try await store.pull("\(server.name)/demo:1") }
            }
            #expect(try directoryEntries(host.storeRoot.appending("ingest")).count == 1)
            let server = try await TestServer(host, ["python3", "server.py", "good", "layout"])
            _ = try await host.store(quick()).pull("\(server.name)/demo:1")
            #expect(try await host.tool("cat", "requests.log").contains("range=bytes=10-"))
        }
    }

    @Test func `may be reached by a mirror, as hosts.toml says`() async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let down = try await TestServer(host, ["python3", "server.py", "down", "layout"])
            let good = try await TestServer(host, ["python3", "server.py", "good", "layout"])
            try makeDirectories(host.file("hosts/registry.example_5000_"))
            try replaceFile(
                at: host.file("hosts/registry.example_5000_/hosts.toml"),
                with: """
                    server = "http://127.0.0.1:1" # nobody there
                    [host."http://\(down.name)"]
                    capabilities = ["pull", "resolve"]
                    [host."http://\(good.name)"]
                    """.utf8)
            let store = try host.store(quick(RegistryConfiguration(directory: host.file("hosts"))))
            let image = try await store.pull("registry.example:5000/demo:1")
            #expect(image.names == ["registry.example:5000/demo:1"])
            #expect(try await host.tool("cat", "requests.log").contains("ns=registry.example:5000"))
        }
    }

    @Test func `is let go when the pull is cancelled`() async throws {
        try await ImageHost.run { host in
            try await host.layout(Self.layer)
            let server = try await TestServer(host, ["python3", "server.py", "hang", "layout"])
            let store = try host.store()
            let (start, name) = (ContinuousClock.now, "\(server.name)/demo:1")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await store.pull(name) }
                try await Task.sleep(for: .milliseconds(500))
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }
}
