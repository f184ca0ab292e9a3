import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(2))) struct `An agent's manifests` {
    private static let head = "apiVersion: v1\nkind: Pod\n"
    private static func pod(_ name: String, _ containers: String) -> String {
        "\(head)metadata: {name: \(name)}\nspec: {containers: [\(containers)]}\n"
    }

    /// A file, what is in it, and what the agent must say.
    private static let texts: [(file: String, text: String, words: String)] = [
        ("no-yaml.yaml", "a: [", "not YAML"),
        ("prose.yaml", "hello", "expected a Pod, found \"hello\""),
        ("empty.yaml", "", "it holds no object"),
        ("kind.yaml", "apiVersion: v1\nkind: Deployment\n", "kind: expected Pod or PodList, found"),
        ("version.yaml", "apiVersion: v2\nkind: Pod\n", "apiVersion: expected"),
        ("nameless.yaml", "\(head)spec: {containers: [{name: a, image: b}]}\n", "metadata.name"),
        (
            "quantity.yaml", pod("quantity", "{name: a, image: b, resources: {limits: {memory: 64Mo}}}"),
            "spec.containers[0].resources.limits.memory: expected a quantity"
        ),
        (
            "containers.yaml", pod("containers", "{name: a, image: b}, {name: a, image: b}"),
            "spec.containers[1].name: Duplicate value"
        ),
        (
            "ports.yaml",
            pod("ports", "{name: a, image: b, ports: [{containerPort: 80}, {containerPort: 80}]}"),
            "spec.containers[0].ports[1]: Duplicate value"
        ),
        (
            "host-ports.yaml",
            pod(
                "host-ports",
                "{name: a, image: b, ports: [{containerPort: 80, hostPort: 1}, {containerPort: 81, hostPort: 1}]}"),
            "hostPort: Duplicate value"
        ),
        (
            "secrets.yaml",
            "\(head)metadata: {name: x}\nspec: {imagePullSecrets: [{name: s}], containers: [{name: a, image: b}]}\n",
            "spec.imagePullSecrets: static pods may not reference secrets"
        ),
        ("long.yaml", String(repeating: "- a\n", count: 2_400_000), "more than 200000 values"),
        (
            "aliases.yaml",
            "a: &a [x, x, x, x, x, x, x, x, x, x]\nb:\n" + String(repeating: "- *a\n", count: 1_000_000),
            "more than 200000 values"
        ),
        (
            "laughs.yaml",
            (1...30).reduce("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n") { text, level in
                text + "a\(level): &a\(level)\n" + String(repeating: "- *a\(level - 1)\n", count: 10)
            }, "more than 200000 values"
        ),
        ("long.json", "[" + String(repeating: "0,", count: 5_000_000) + "0]", "more than 200000 values"),
        ("deep.json", String(repeating: "[", count: 100_000), "nested deeper than"),
    ]

    @Test func `that are bad are named one by one, and harm nobody`() async throws {
        try await Witness.watches(memory: 200 << 20) { agent in
            try await giveTexts(to: agent)
            try await giveWhatIsNoFile(to: agent)
            try await giveTwins(to: agent)
        }
    }

    private func giveTexts(to agent: AgentProcess) async throws {
        for (file, text, words) in Self.texts {
            try agent.write(file, bytes: Array(text.utf8))
            #expect(try await agent.says("/\(file)", words), "\(file)")
        }
        try agent.write("latin.yaml", bytes: Array("a: caf".utf8) + [0xe9, 0x0a])
        #expect(try await agent.says("/latin.yaml", "not UTF-8"))
        try agent.write(
            "binary.yaml", bytes: Array(Data(contentsOf: URL(filePath: "/bin/busybox")).prefix(100_000)))
        #expect(try await agent.says("/binary.yaml", "not "))
        try agent.write("large.yaml", bytes: [UInt8](repeating: 0x61, count: 20 << 20))
        #expect(try await agent.says("/large.yaml", "larger than 10 MiB"))
    }

    private func giveWhatIsNoFile(to agent: AgentProcess) async throws {
        let folder = agent.manifests.path
        try await run("ln", ["-s", "loop.yaml", "\(folder)/loop.yaml"])
        #expect(try await agent.says("/loop.yaml", "Too many levels of symbolic links"))
        try await run("mkfifo", ["\(folder)/fifo.yaml"])
        #expect(try await agent.says("/fifo.yaml", "not a regular file"))
        try await run("mkdir", ["-p", "\(folder)/bundle/deeper"])
        #expect(try await agent.says("/bundle", "deeper: it is a directory within a directory"))
        // A regular file that even root cannot read from its start.
        try await run("ln", ["-s", "/proc/self/mem", "\(folder)/unreadable.yaml"])
        #expect(try await agent.says("/unreadable.yaml", "Input/output error"))
        try await run("ln", ["-s", "/dev/zero", "\(folder)/zero.yaml"])
        #expect(try await agent.says("/zero.yaml", "not a regular file"))
        // Many files that come and go while they are read: none may stay, none may be half a pod.
        let pod = `The agent`.pod("flicker", command: "exec sleep 1000").1
        try pod.write(to: agent.directory.appending(path: "flicker"), atomically: true, encoding: .utf8)
        let script = """
            for i in $(seq 100); do
                cp flicker manifests/flicker.yaml; rm manifests/flicker.yaml
                cp flicker manifests/.f; mv manifests/.f manifests/flicker.yaml; : >manifests/flicker.yaml
                rm manifests/flicker.yaml
            done
            """
        #expect(try await run("sh", ["-c", "cd '\(agent.directory.path)'; \(script)"]).status == 0)
        #expect(try await eventually { try agent.status("flicker") == nil })
        #expect(try !agent.log().contains("flicker.yaml problem=not"))
    }

    /// Of one pod in two files the first runs; a field too many is only told.
    private func giveTwins(to agent: AgentProcess) async throws {
        let twin = `The agent`.pod("twin", command: "exec sleep 1000").1
        try agent.write("a-twin.yaml", twin)
        #expect(try await eventually { try agent.phase("twin") == "Running" })
        let before = try agent.pids("twin")
        try agent.write("b-twin.yaml", twin)
        #expect(try await agent.says("b-twin.yaml: pod default/twin-node1 is left out", "a-twin.yaml gives one"))
        let odd = `The agent`.pod("odd", command: "exec sleep 1000").1
        try agent.write("odd.yaml", odd + "\n    imagee: x")
        #expect(try await agent.says("warning", "/odd.yaml", "spec.containers[0].imagee: unknown field"))
        #expect(try await eventually { try agent.phase("odd") == "Running" })
        #expect(try agent.pids("twin") == before)
        // What runs by the first file goes on by the second one's word: a twin that is left out is none until then.
        try FileManager.default.removeItem(at: agent.manifests.appending(path: "a-twin.yaml"))
        #expect(try await eventually { try agent.phase("twin") == "Running" && agent.pids("twin") != before })
    }
}
