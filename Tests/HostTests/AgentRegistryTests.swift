import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An agent's registries` {
    private static let layer =
        #"t.dir("bin"); t.file("bin/sh", os.urandom(300000), mode=0o755); t.compress = gzip.compress"#

    /// A pod whose only container is of an image from a registry.
    private static func pod(_ name: String, image: String) -> (String, String) {
        let (file, text) = `The agent`.pod(name, command: "exec sleep 1000")
        return (
            file,
            text.replacing(BusyboxImage.name, with: image).replacing(
                "imagePullPolicy: Never", with: "imagePullPolicy: Always")
        )
    }

    /// Writes what the agent shows registries: joe and his password.
    private func login(_ agent: AgentProcess, _ registries: [String], password: String) throws {
        let auth = Data("joe:\(password)".utf8).base64EncodedString()
        let entries = registries.map { #""\#($0)": {"auth": "\#(auth)"}"# }.joined(separator: ", ")
        try #"{"auths": {\#(entries)}}"#.write(
            to: agent.root.appending(path: "config.json"), atomically: true, encoding: .utf8)
    }

    /// What `hosts.toml` says of a registry.
    private func hosts(_ agent: AgentProcess, of registry: String, _ text: String) throws {
        let folder = agent.registries.appending(path: registry)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(to: folder.appending(path: "hosts.toml"), atomically: true, encoding: .utf8)
    }

    private func push(_ host: ImageHost, to registry: TestServer, scheme: String = "http") async throws {
        try await host.tool(
            "skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "joe:s3cret",
            "docker-archive:busybox.tar", "docker://\(registry.name)/team/busybox:1")
    }

    @Test func `serve it openly, for a password, for a token and encrypted, once they are told the right one`()
        async throws
    {
        try await ImageHost.run { host in
            try await BusyboxImage.write(to: URL(filePath: host.file("busybox.tar").string))
            let tokens = try await host.tokenService()
            let open = try await host.registry()
            let users = try await host.registry(auth: .users)
            let bearer = try await host.registry(auth: .tokens(service: tokens.name))
            let encrypted = try await host.registry(auth: .users, isEncrypted: true)
            for registry in [open, users, bearer, encrypted] { try await push(host, to: registry) }
            try await Witness.watches(options: ["--registry-timeout", "3"]) { agent in
                try login(agent, [users.name, bearer.name, encrypted.name], password: "wrong")
                try hosts(agent, of: encrypted.name, "server = \"https://\(encrypted.name)\"\n")
                let registries = ["open": open, "users": users, "bearer": bearer, "encrypted": encrypted]
                for (name, registry) in registries {
                    try agent.write(Self.pod(name, image: "\(registry.name)/team/busybox:1"))
                }
                #expect(try await eventually { try agent.phase("open") == "Running" })
                #expect(try await agent.waits("users", "registry \(users.name): unauthorized: "))
                #expect(try await agent.waits("bearer", "registry \(bearer.name): unauthorized: "))
                #expect(try agent.waitingReason("users") == "ErrImagePull")
                #expect(try await agent.waits("encrypted", "registry \(encrypted.name): unavailable: "))
                #expect(try agent.waitingMessage("encrypted")?.lowercased().contains("certificate") == true)

                try login(agent, [users.name, bearer.name, encrypted.name], password: "s3cret")
                try hosts(
                    agent, of: encrypted.name,
                    "server = \"https://\(encrypted.name)\"\nca = \"\(host.file("ca.pem"))\"\n")
                for name in registries.keys {
                    #expect(try await eventually { try agent.phase(name) == "Running" }, "\(name)")
                }
                try hosts(agent, of: open.name, "server = \"http://\(open.name)\"\nclient = \"/key.pem\"\n")
                try agent.write(Self.pod("client", image: "\(open.name)/team/busybox:1"))
                #expect(try await agent.waits("client", "hosts.toml:2: unknown key or wrong type of value: client"))
            }
        }
    }

    /// How a registry misbehaves, and what the pod that needs it says.
    private static let faults: [(mode: String, words: String)] = [
        ("hang", "does not answer"), ("hang-blob", "does not answer"), ("down", "503"), ("loop", "redirects"),
        ("forbidden", "DENIED: not yours"), ("wrong-digest", "its content is"), ("disguise", "announced as"),
        ("huge-manifest", "more than 4194304 bytes"), ("lies-longer", "more than the"), ("lies-shorter", "too early"),
        ("garbage", "its content is"), ("bearer", "who are you"), ("foreign-realm", "not encrypted"),
        ("foreign-layer", "layers that lie elsewhere (https://elsewhere.example/layer) are not fetched"),
    ]

    @Test func `that misbehave are named in the pods' statuses`() async throws {
        try await ImageHost.run { host in
            var servers: [(String, String, TestServer)] = []
            for (mode, words) in Self.faults {
                // Each has contents of its own: what one gives must not serve another.
                try await host.layout(
                    Self.layer, options: mode == "foreign-layer" ? "urls=['https://elsewhere.example/layer']" : "",
                    name: mode)
                servers.append((mode, words, try await TestServer(host, ["python3", "server.py", mode, mode])))
            }
            try await Witness.watches(options: ["--registry-timeout", "2"]) { agent in
                try login(agent, servers.filter { $0.0 == "foreign-realm" }.map(\.2.name), password: "s3cret")
                for (mode, _, server) in servers { try agent.write(Self.pod(mode, image: "\(server.name)/demo:1")) }
                for (mode, words, _) in servers { #expect(try await agent.waits(mode, words), "\(mode)") }
                let reasons = try servers.map { try agent.waitingReason($0.0) ?? "none" }
                #expect(Set(reasons).isSubset(of: ["ErrImagePull", "RegistryUnavailable", "ImagePullBackOff"]))
            }
        }
    }
}
