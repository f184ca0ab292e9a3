import JSONText
import SystemPackage
import Testing

@testable import CNI

@Suite struct `A network's result` {
    static let newest = #"""
        {"cniVersion":"1.1.0","interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01","mtu":1500,"sandbox":"/n","socketPath":"/s","pciID":"p"}],
         "ips":[{"interface":0,"address":"10.1.2.3/24","gateway":"10.1.2.1"},{"interface":-1,"address":"fd00::2/64"}],
         "routes":[{"dst":"0.0.0.0/0","gw":"10.1.2.1","mtu":1400,"table":7}],"dns":{"nameservers":["10.1.2.1"]}}
        """#
    static let middle = #"""
        {"cniVersion":"0.4.0","interfaces":[{"name":"eth0","mac":"02:00:00:00:00:01","sandbox":"/n"}],
         "ips":[{"version":"4","interface":0,"address":"10.1.2.3/24","gateway":"10.1.2.1"},{"version":"6","interface":-1,"address":"fd00::2/64"}],
         "routes":[{"dst":"0.0.0.0/0","gw":"10.1.2.1"}],"dns":{"nameservers":["10.1.2.1"]}}
        """#

    @Test func `is told in the words of each version`() throws {
        let result = try NetworkResult(reading: JSON(parsing: Self.newest))
        #expect(try result.json(.v11) == JSON(parsing: Self.newest))
        #expect(try result.json(.v04) == JSON(parsing: Self.middle))
        #expect(try NetworkResult(reading: JSON(parsing: Self.middle)).json(.v04) == JSON(parsing: Self.middle))
        for version in SpecVersion.allCases where version >= .oldest {
            #expect(result.json(version)["cniVersion"] == .string(version.rawValue))
            #expect(try NetworkResult(reading: result.json(version)).ips == result.ips)
        }
    }

    @Test(arguments: [
        "[]", #"{"ips":{}}"#, #"{"ips":[{}]}"#, #"{"ips":[{"address":"10.1.2.3"}]}"#, #"{"ips":[{"address":"x/24"}]}"#,
        #"{"ips":[{"address":"10.1.2.3/129"}]}"#, #"{"interfaces":[{}]}"#, #"{"routes":[{"gw":"10.1.2.1"}]}"#,
    ])
    func `that is none is refused`(text: String) {
        #expect(throws: ConfigurationError.self) { try NetworkResult(reading: JSON(parsing: text)) }
    }

    @Test func `leaves the host's own addresses out of the pod's`() throws {
        let text =
            #"{"interfaces":[{"name":"br"},{"name":"eth0","sandbox":"/n"}],"ips":[{"interface":0,"address":"10.0.0.1/8"},{"interface":1,"address":"10.0.0.2/8"},{"address":"10.0.0.3/8"}]}"#
        let result = AttachmentResult(
            id: AttachmentID(network: "n", sandboxID: "s", interface: "eth0"),
            result: try NetworkResult(reading: JSON(parsing: text)), bytes: [])
        #expect(result.ips == ["10.0.0.2", "10.0.0.3"])
    }
}

@Suite struct `A plugin's input` {
    private let plugin =
        #"{"type":"x","capabilities":{"portMappings":true,"dns":true,"mac":false},"runtimeConfig":{"old":1},"prevResult":1,"own":1e2}"#

    @Test func `holds what the plugin asks for and nothing else`() throws {
        var request = AttachmentRequest(
            sandboxID: "s", namespacePath: "/n", podNamespace: "d", podName: "p", podUID: "u")
        request.dns = .init(servers: ["10.0.0.10"], searches: ["a.b"], options: ["ndots:5"])
        request.mac = "02:00:00:00:00:01"
        let input = PluginInput(
            plugin: try .init(JSON(parsing: plugin)), network: "n", version: .v04,
            capabilities: request.capabilities(podCIDRs: ["10.1.0.0/24"]))
        let expected =
            #"{"type":"x","runtimeConfig":{"dns":{"servers":["10.0.0.10"],"searches":["a.b"],"options":["ndots:5"]}},"own":1e2,"name":"n","cniVersion":"0.4.0"}"#
        #expect(try input.json == JSON(parsing: expected))
    }

    @Test func `tells every capability by its conventional name`() throws {
        var request = AttachmentRequest(
            sandboxID: "s", namespacePath: "/n", podNamespace: "d", podName: "p", podUID: "u")
        #expect(request.capabilities(podCIDRs: []).isEmpty)
        request.portMappings = [
            .init(hostPort: 1, containerPort: 2, protocol: "SCTP", hostIP: "127.0.0.1"),
            .init(hostPort: 0, containerPort: 3),
        ]
        request.bandwidth = .init(ingress: 5, egress: 0)
        request.ips = ["10.0.0.9/8"]
        request.mac = "02:00:00:00:00:01"
        request.cgroupPath = "/kubepods/x"
        request.annotations = ["b": "2", "a": "1"]
        let expected = #"""
            {"portMappings":[{"hostPort":1,"containerPort":2,"protocol":"sctp","hostIP":"127.0.0.1"}],
             "bandwidth":{"ingressRate":5,"ingressBurst":4294967295},"ipRanges":[[{"subnet":"10.1.0.0/24"}],[{"subnet":"fd00::/64"}]],
             "ips":["10.0.0.9/8"],"mac":"02:00:00:00:00:01","cgroupPath":"/kubepods/x",
             "io.kubernetes.cri.pod-annotations":{"a":"1","b":"2"}}
            """#
        #expect(
            try JSON.object(request.capabilities(podCIDRs: ["10.1.0.0/24", "fd00::/64"])) == JSON(parsing: expected))
    }
}

@Suite struct `Text of a plugin` {
    @Test(arguments: [("a\nb\r\nc", "a b c"), ("\u{1B}[31mred", "[31mred"), ("", ""), ("  a ", "  a ")])
    func `becomes one line`(text: String, line: String) { #expect(oneLine(text) == line) }
}
