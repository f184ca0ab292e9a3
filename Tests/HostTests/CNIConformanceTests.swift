import CNI
import JSONText
import Ledger
import Linux
import SystemPackage
import Testing

/// The clauses that libcni's own tests check, against plugins that write down what they get.
@Suite(.needsPlugins, .timeLimit(.minutes(2))) struct `The protocol of CNI` {
    @Test func `passes each plugin its own keys, the result before it and what it can do`() async throws {
        let capabilities = #", "capabilities": {"portMappings": true, "mac": false, "cgroupPath": true}"#
        try await FakePlugins.run(plugin: capabilities) { fake in
            var request = try await fake.network.sandbox("a")
            request.portMappings = [
                .init(hostPort: 80, containerPort: 8080, protocol: "UDP"), .init(hostPort: 0, containerPort: 1),
            ]
            request.mac = "02:00:00:00:00:01"
            let networks = try fake.network.networks()
            let result = try await networks.attach(request)
            let first = try fake.input("first-ADD")
            #expect(first["name"] == "fake" && first["cniVersion"] == "1.0.0" && first["type"] == "first")
            #expect(first["own"] == ["b": .number("1e400"), "a": [.number("18446744073709551615")]])
            #expect(first["prevResult"] == nil && first["capabilities"] == nil)
            let port: JSON = ["hostPort": 80, "containerPort": 8080, "protocol": "udp"]
            #expect(first["runtimeConfig"] == ["portMappings": [port]])
            let second = try fake.input("second-ADD")
            #expect(second["prevResult"]?["ips"]?.array?.first?["future"] == .number("1.50"))
            #expect(try JSON(parsing: result.bytes) == second["prevResult"])
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try fake.input("first-DEL")["prevResult"] == JSON(parsing: result.bytes))
            #expect(try fake.calls() == ["first-ADD", "second-ADD", "second-DEL", "first-DEL"])
        }
    }

    @Test func `tells the plugin its sandbox by variables`() async throws {
        try await FakePlugins.run(["only"], version: "1.1.0") { fake in
            let request = try await fake.network.sandbox("a")
            let networks = try fake.network.networks()
            _ = try await networks.attach(request)
            let arguments =
                "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=a;K8S_POD_INFRA_CONTAINER_ID=sandbox-a;K8S_POD_UID=uid-a"
            let expected = [
                "CNI_ARGS=\(arguments)", "CNI_COMMAND=ADD", "CNI_CONTAINERID=sandbox-a", "CNI_IFNAME=eth0",
                "CNI_NETNS=\(request.namespacePath)", "CNI_PATH=\(fake.network.binaries)",
            ]
            #expect(try fake.environment("only-ADD") == expected)
            #expect(await networks.status() == .ready)
            #expect(await networks.collectGarbage(keeping: ["sandbox-a"]).isEmpty)
            for verb in ["STATUS", "GC"] {
                let expected = ["CNI_COMMAND=\(verb)", "CNI_PATH=\(fake.network.binaries)"]
                #expect(try fake.environment("only-\(verb)") == expected)
            }
            let attachments: JSON = [["containerID": "sandbox-a", "ifname": "eth0"]]
            #expect(try fake.input("only-GC")["cni.dev/valid-attachments"] == attachments)
            #expect(try fake.input("only-GC")["cni.dev/attachments"] == attachments)
            // A namespace that is gone is said to be gone.
            try NetworkNamespace(path: request.namespacePath).remove()
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try fake.environment("only-DEL").contains("CNI_NETNS="))
        }
    }

    @Test(arguments: [
        ("0.3.0", false, "configuration version 0.3.0 does not support CHECK"),
        ("0.3.1", false, "configuration version 0.3.1 does not support CHECK"),
        ("0.4.0", true, nil), ("1.0.0", true, nil), ("1.1.0", true, nil),
    ])
    func `keeps to what a version has`(version: String, hasResult: Bool, refusal: String?) async throws {
        try await FakePlugins.run(["only"], version: version) { fake in
            let request = try await fake.network.sandbox("a")
            let networks = try fake.network.networks()
            _ = try await networks.attach(request)
            #expect(await networks.status() == .ready)
            #expect(await networks.collectGarbage(keeping: [request.sandboxID]).isEmpty)
            if let refusal {
                let error = await #expect(throws: CNIError.self) {
                    try await networks.check(sandboxID: request.sandboxID)
                }
                #expect(error?.description == "network fake: \(refusal)")
            } else {
                try await networks.check(sandboxID: request.sandboxID)
                #expect(try fake.input("only-CHECK")["prevResult"]?["cniVersion"] == .string(version))
            }
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try (fake.input("only-DEL")["prevResult"] != nil) == hasResult)
            #expect(try fake.calls().contains("only-STATUS") == (version == "1.1.0"))
            #expect(try fake.calls().contains("only-GC") == (version == "1.1.0"))
        }
    }

    @Test func `gives back with the configuration that the pod was attached with`() async throws {
        try await FakePlugins.run(["only"]) { fake in
            let request = try await fake.network.sandbox("a")
            _ = try await fake.network.networks().attach(request)
            try fake.network.configure(#"{"cniVersion": "1.0.0", "name": "new", "plugins": [{"type": "other"}]}"#)
            let networks = try fake.network.networks()
            #expect(try await networks.attachments().map(\.network) == ["fake"])
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try fake.input("only-DEL")["own"]?["b"] == .number("1e400"))
        }
    }

    @Test(arguments: [
        "not json", #"{"kind": "cniCacheV1"}"#, #"{"kind": "cniCacheV1", "result": {"cniVersion": "7.0.0"}}"#,
    ])
    func `survives a damaged cache when giving back, and not when checking`(content: String) async throws {
        try await FakePlugins.run(["only"]) { fake in
            let request = try await fake.network.sandbox("a")
            let networks = try fake.network.networks()
            _ = try await networks.attach(request)
            let file = fake.network.root.appending("cache/results/fake-sandbox-a-eth0")
            try replaceFile(at: file, with: content.utf8)
            await #expect(throws: CNIError.self) { try await networks.check(sandboxID: request.sandboxID) }
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try fake.input("only-DEL")["prevResult"] == nil)
            #expect(try await fake.network.held() == [])
        }
    }

    @Test func `converts a bare result of an older version in the cache`() async throws {
        try await FakePlugins.run(["only"]) { fake in
            let request = try await fake.network.sandbox("a")
            let networks = try fake.network.networks()
            _ = try await networks.attach(request)
            let old = #"{"cniVersion": "0.4.0", "ips": [{"version": "4", "address": "10.1.2.3/24"}]}"#
            try replaceFile(at: fake.network.root.appending("cache/results/fake-sandbox-a-eth0"), with: old.utf8)
            try await networks.check(sandboxID: request.sandboxID)
            let result: JSON = ["cniVersion": "1.0.0", "ips": [["address": "10.1.2.3/24"]]]
            #expect(try fake.input("only-CHECK")["prevResult"] == result)
        }
    }

    @Test func `does not check what the configuration exempts`() async throws {
        try await FakePlugins.run(["only"], version: "1.1.0", list: #", "disableCheck": "TRUE", "disableGC": true"#) {
            fake in
            let request = try await fake.network.sandbox("a")
            let networks = try fake.network.networks()
            _ = try await networks.attach(request)
            try await networks.check(sandboxID: request.sandboxID)
            #expect(await networks.collectGarbage(keeping: []).isEmpty)
            #expect(try fake.calls() == ["only-ADD", "only-DEL"])
        }
    }

    @Test func `collects what dead sandboxes hold, also of an attachment that a crash cut off`() async throws {
        try await FakePlugins.run(version: "1.1.0") { fake in
            let networks = try fake.network.networks()
            let (dead, alive) = try await (fake.network.sandbox("dead"), fake.network.sandbox("alive"))
            _ = try await networks.attach(dead)
            _ = try await networks.attach(alive)
            // The crash: the plugins ran, the result was not written down.
            try removeFile(at: fake.network.root.appending("cache/results/fake-sandbox-dead-eth0"))
            try fake.forgetCalls()
            let again = try fake.network.networks()
            try fake.behave("first-GC", "echo busy; exit 1")
            let errors = await again.collectGarbage(keeping: ["sandbox-alive"])
            #expect(errors.map { "\($0)" } == ["network fake: plugin first: GC: exit code 1: busy"])
            #expect(try fake.calls() == ["second-DEL", "first-DEL", "first-GC", "second-GC"])
            #expect(try await again.attachments().map(\.sandboxID) == ["sandbox-alive"])
        }
    }

    @Test func `gives back what an interrupted call left before it attaches again`() async throws {
        try await FakePlugins.run(["only"]) { fake in
            let networks = try fake.network.networks()
            let request = try await fake.network.sandbox("a")
            _ = try await networks.attach(request)
            _ = try await networks.attach(request)
            #expect(try fake.calls() == ["only-ADD", "only-DEL", "only-ADD"])
        }
    }

    @Test(arguments: [
        ("", "eth0", "sandbox id is empty"), ("a b", "eth0", "sandbox id a b has other characters"),
        ("a", "", "interface name"), ("a", "sixteen-letters-", "interface name"), ("a", "..", "interface name"),
        ("a", "a/b", "interface name"), ("a", "a:b", "interface name"), ("a", "a b", "interface name"),
    ])
    func `refuses names that plugins would stumble over`(id: String, interface: String, message: String) async throws {
        try await FakePlugins.run { fake in
            var request = try await fake.network.sandbox("a")
            request.sandboxID = id
            request.interface = interface
            let asked = request
            let networks = try fake.network.networks()
            let error = await #expect(throws: CNIError.self) { try await networks.attach(asked) }
            #expect(error?.description.hasPrefix(message) == true)
            #expect(try fake.calls() == [])
        }
    }

    @Test(arguments: [
        (#"echo '{"cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"]}'"#, Optional("1.0.0"), ""),
        (#"echo '{"cniVersion": "0.2.0"}'"#, nil, "version 0.4.0, 1.0.0, 1.1.0 is wanted, it supports 0.1.0, 0.2.0"),
        (
            #"echo '{"cniVersion": "", "code": 100, "msg": "unknown CNI_COMMAND: VERSION"}'; exit 1"#, nil,
            "version 0.4.0, 1.0.0, 1.1.0 is wanted, it supports 0.1.0"
        ),
        ("echo x", nil, "not JSON: no value at byte 0: x"),
    ])
    func `chooses the newest version that all plugins speak`(script: String, version: String?, error: String)
        async throws
    {
        let list = #", "cniVersions": ["0.4.0", "1.0.0", "1.1.0", "9.9.9"]"#
        try await FakePlugins.run(version: "1.0.0", list: list) { fake in
            try fake.behave("second-VERSION", script)
            let networks = try fake.network.networks()
            let request = try await fake.network.sandbox("a")
            if let version {
                _ = try await networks.attach(request)
                #expect(try fake.input("first-ADD")["cniVersion"] == .string(version))
            } else {
                let thrown = await #expect(throws: CNIError.self) { try await networks.attach(request) }
                #expect(thrown?.description == "network fake: plugin second: VERSION: \(error)")
                #expect(try fake.calls() == [])
            }
        }
    }

    @Test func `says why there is no network`() async throws {
        try await NetworkHost.run { host in
            let networks = try host.networks()
            #expect(await networks.status() == .notReady("no CNI configuration in \(host.configurations)"))
            try host.configure("{", file: "10-a.conf")
            let reason = "10-a.conf: not JSON: a member needs a name at byte 1"
            let message = "no valid CNI configuration in \(host.configurations): \(reason)"
            #expect(await networks.status() == .notReady(message))
            let request = try await host.sandbox("a")
            let error = await #expect(throws: CNIError.self) { try await networks.attach(request) }
            #expect(error?.description == message)
        }
    }

    @Test func `hears from a plugin that it is not ready`() async throws {
        try await FakePlugins.run(version: "1.1.0") { fake in
            try fake.behave("first-STATUS", #"echo '{"code": 50, "msg": "no controller"}'; exit 1"#)
            let networks = try fake.network.networks()
            #expect(await networks.status() == .notReady("network fake: plugin first: STATUS: no controller (code 50)"))
        }
    }
}
