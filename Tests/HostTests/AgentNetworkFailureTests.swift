import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsPlugins, .timeLimit(.minutes(2))) struct `An agent's network` {
    /// A plugin that answers VERSION, and does what it is told for ADD.
    private static func plugin(add: String, delete: String = "true") -> String {
        """
        case $CNI_COMMAND in
        VERSION) echo '{"cniVersion": "1.0.0", "supportedVersions": ["1.0.0"]}' ;;
        ADD) \(add) ;;
        DEL) \(delete) ;;
        esac
        """
    }

    private static func list(_ types: String...) -> String {
        let plugins = types.map { "{\"type\": \"\($0)\"}" }.joined(separator: ", ")
        return #"{"cniVersion": "1.0.0", "name": "bad", "plugins": [\#(plugins)]}"#
    }

    /// What stands in the configuration, what the plugin `fake` does, and what the pod's status says.
    private static let faults: [(name: String, configuration: String?, plugin: String, words: String)] = [
        ("none", nil, "", "no CNI configuration in "),
        ("rubbish-configuration", "{", "", "no valid CNI configuration in "),
        ("wrong-type", #"{"cniVersion": "1.0.0", "name": 7}"#, "", "no valid CNI configuration in "),
        ("missing", list("absent"), "", "plugin absent: VERSION: no such program in "),
        ("hanging", list("fake"), plugin(add: "sleep 1000"), "plugin fake: ADD: no answer within 2 s: killed"),
        ("printing", list("fake"), plugin(add: "echo rubbish"), "plugin fake: ADD: not JSON: "),
        (
            "refusing", list("fake"), plugin(add: #"echo '{"code": 11, "msg": "no address left"}'; exit 1"#),
            "plugin fake: ADD: no address left (code 11)"
        ),
    ]

    @Test func `that is bad is told in each pod's status, and others go on`() async throws {
        try await Witness.watches(options: ["--cni-timeout", "2"]) { agent in
            let file = agent.networkConfiguration.appending(path: "10-bad.conflist")
            for (name, configuration, plugin, words) in Self.faults {
                try? FileManager.default.removeItem(at: file)
                try configuration?.write(to: file, atomically: true, encoding: .utf8)
                try agent.writePlugin("fake", plugin)
                try agent.write(`The agent`.pod(name, command: "exec sleep 1000", hostNetwork: false))
                #expect(try await agent.waits(name, words), "\(name)")
                #expect(try agent.waitingReason(name) == "ContainerCreating")
                try agent.remove(name)
                #expect(try await eventually { try agent.status(name) == nil }, "\(name)")
            }
            try FileManager.default.removeItem(at: file)
            try agent.writeNetwork()
            try agent.write(`The agent`.pod("networked", command: "exec sleep 1000", hostNetwork: false))
            #expect(
                try await eventually { try agent.podIP("networked") != nil && agent.phase("networked") == "Running" })
        }
    }

    @Test func `that fails half-way takes back what it gave`() async throws {
        try await Witness.watches { agent in
            try agent.writeNetwork()
            let file = agent.networkConfiguration.appending(path: "10-test.conflist")
            let good = try String(contentsOf: file, encoding: .utf8)
            // The real bridge gives an interface and an address; then comes a plugin that fails.
            try good.replacing(/\}\]\}\s*$/, with: #"}, {"type": "fake"}]}"#)
                .write(to: file, atomically: true, encoding: .utf8)
            try agent.writePlugin(
                "fake", Self.plugin(add: "exit 9", delete: "echo gone >>'\(agent.directory.path)/deleted'"))
            try agent.write(`The agent`.pod("half", command: "exec sleep 1000", hostNetwork: false))
            #expect(try await agent.waits("half", "plugin fake: ADD: exit code 9"))
            let leases = agent.directory.appending(path: "leases/test")
            let held = try FileManager.default.contentsOfDirectory(atPath: leases.path).filter { $0.hasPrefix("10.") }
            #expect(held == [])
            #expect(try await !run("ip", ["-o", "link", "show", "type", "veth"]).output.contains("veth"))
            #expect(FileManager.default.fileExists(atPath: agent.directory.appending(path: "deleted").path))
            // Mended, the same pod comes up by itself.
            try good.write(to: file, atomically: true, encoding: .utf8)
            #expect(try await eventually { try agent.podIP("half") != nil && agent.phase("half") == "Running" })
        }
    }
}
