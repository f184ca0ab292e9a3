import SystemPackage
import Testing

@testable import Images

@Suite struct `A registry's words` {
    @Test func `name their challenges`() {
        let header =
            #"Basic realm="a, b", Bearer realm="https://t/\"x\"",service=s,scope="repository:a:pull,push" , Negotiate"#
        #expect(
            RegistryChallenge.parse(header) == [
                RegistryChallenge(scheme: "basic", parameters: ["realm": "a, b"]),
                RegistryChallenge(
                    scheme: "bearer",
                    parameters: ["realm": #"https://t/"x""#, "service": "s", "scope": "repository:a:pull,push"]),
                RegistryChallenge(scheme: "negotiate"),
            ])
        for rubbish in ["", "=", ",,,", "\"", "a=b=c", "Bearer realm=\"unclosed", "Bearer =x"] {
            _ = RegistryChallenge.parse(rubbish)
        }
    }

    @Test func `say whom to ask`() throws {
        let text = """
            server = "https://upstream.example"   # the registry itself
            ca = ["a.pem", "/b.pem"]
            [host."https://mirror.example/proxy"]
              capabilities = ["pull"]
              skip_verify = true
            [host.'http://10.0.0.1:5000'.header]
            """
        #expect(throws: ImageError.self) { try HostsFile(parsing: text, directory: "/d", default: "reg.example") }
        let good = text.split(separator: "\n").dropLast().joined(separator: "\n")
        let hosts = try HostsFile(parsing: good, directory: "/d", default: "reg.example").all
        #expect(hosts.map(\.base) == ["https://mirror.example/proxy/v2", "https://upstream.example/v2"])
        #expect(hosts[0].skipVerify && !hosts[0].canResolve && hosts[0].isMirror && hosts[0].name == "mirror.example")
        #expect(hosts[1].authorities == ["/d/a.pem", "/b.pem"])
    }

    @Test(arguments: [
        "server", "x = 1", "skip_verify = \"yes\"", "[other]", "capabilities = [\"fly\"]", "server = [1]",
    ])
    func `are refused if unknown`(text: String) {
        #expect(throws: ImageError.self) { try HostsFile(parsing: text, directory: "/d", default: "r") }
    }

    @Test(arguments: [
        ("docker.io", "library/a", ["hub"]), ("reg.example", "team/app", ["team", "reg"]),
        ("reg.example", "teams/app", ["reg"]), ("a.wild.example", "x", ["wild"]), ("a.b.wild.example", "x", []),
        ("reg.example:5000", "x", ["port"]),
    ])
    func `find their credentials, the closest first`(registry: String, repository: String, users: [String]) throws {
        let text = #"""
            {"auths": {"https://index.docker.io/v1/": {"username": "hub", "password": "p"},
              "reg.example": {"auth": "cmVnOnA="}, "reg.example/team": {"username": "team", "password": "p"},
              "*.wild.example": {"username": "wild"}, "https://reg.example:5000": {"username": "port"}, "empty": {}},
             "credsStore": "x"}
            """#
        let file = try DockerConfigFile(parsing: Array(text.utf8), name: "config.json")
        #expect(file.credentials(for: registry, repository: repository).map(\.username) == users)
    }
}

@Suite struct `A lock by key` {
    @Test func `lets one in at a time, and forgets who gave up`() async throws {
        let lock = KeyedLock()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await lock.withLock("key") {
                        await order.enter()
                        try await Task.sleep(for: .milliseconds(2))
                        await order.leave(number)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await order.count == 20)
        #expect(await order.most == 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await lock.withLock("key") { try await Task.sleep(for: .seconds(60)) } }
            group.addTask { try? await lock.withLock("key") { try await Task.sleep(for: .seconds(60)) } }
            try? await Task.sleep(for: .milliseconds(50))
            group.cancelAll()
        }
        #expect(try await lock.withLock("key") { true })
    }

    private actor Order {
        var count = 0
        var most = 0
        private var inside = 0
        func enter() { inside += 1; most = max(most, inside) }
        func leave(_: Int) { inside -= 1; count += 1 }
    }
}
