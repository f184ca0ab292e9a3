import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(5))) struct `A node's credentials` {
    @Test(arguments: ControlPlane.signing)
    func `come from the cluster by a token, and are renewed before they end`(
        on controlPlane: ControlPlane
    ) async throws {
        let cluster = try TestCluster(controlPlane, settings: ["certificate-lifetime=20"])
        try await cluster.start()
        let files = cluster.directory.appending(path: "node")
        let joined = try await join(cluster, files, pin: try await pin(cluster))
        #expect(joined.status == 0, "\(joined.output)")
        let flags = try String(contentsOf: files.appending(path: "flags"), encoding: .utf8)
        #expect(flags.contains("--kubeconfig \(files.path)/kubelet.conf"))
        let options = [
            "--kubeconfig", "\(files.path)/kubelet.conf", "--bootstrap-kubeconfig",
            "\(files.path)/bootstrap-kubelet.conf", "--config-dir", "\(files.path)/config.d",
        ]
        let configuration = "serverTLSBootstrap: true\nport: 20250"
        try await withAgent(configuration: configuration, options: options, prepare: { try $0.writeNetwork() }) {
            agent in
            #expect(
                try await cluster.eventually {
                    try await TestCluster.condition(cluster.ask("GET", "/api/v1/nodes/node1"), "Ready") == "True"
                })
            let certificate = agent.root.appending(path: "pki/kubelet-client-current.pem")
            let first = try Data(contentsOf: certificate)
            #expect(try await cluster.eventually { try Data(contentsOf: certificate) != first })
            try await Task.sleep(for: .seconds(20))
            // The first has ended by now: what is told is told with the second.
            try await cluster.createPod("web", "sleep 1000")
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            #expect(FileManager.default.fileExists(atPath: agent.root.path + "/pki/kubelet-server-current.pem"))
            // Whom the cluster vouches for is answered: what was written about that is in force.
            let served = try await run(
                "curl",
                [
                    "-sk", "--cert", cluster.directory.appending(path: "kubelet-client.crt").path, "--key",
                    cluster.directory.appending(path: "kubelet-client.key").path, "https://127.0.0.1:20250/configz",
                ])
            #expect(served.output.contains("\(files.path)/pki/ca.crt"), "\(served.output)")
            let users = Set(try cluster.requests().map(\.user))
            #expect(users == ["system:node:node1"])
            try await cluster.ask("DELETE", "\(TestCluster.pods)?gracePeriodSeconds=0")
        }
        try await cluster.end()
    }

    @Test(arguments: ControlPlane.signing)
    func `are not asked of a cluster that is another`(on controlPlane: ControlPlane) async throws {
        let cluster = try TestCluster(controlPlane)
        try await cluster.start()
        let files = cluster.directory.appending(path: "node")
        let wrong = try await join(cluster, files, pin: "sha256:" + String(repeating: "0", count: 64))
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("has none of the given hashes"))
        #expect(!FileManager.default.fileExists(atPath: files.path), "nothing is written")
        let pin = try await pin(cluster)
        let unknown = try await join(cluster, files, pin: pin, token: "aaaaaa.0123456789abcdef")
        #expect(unknown.status == 1)
        #expect(unknown.output.contains("is not signed with the token aaaaaa"))
        try await cluster.end()
    }

    @Test(arguments: ControlPlane.available)
    func `that are wrong keep no static pod from running, and are read again`(
        on controlPlane: ControlPlane
    ) async throws {
        let cluster = try TestCluster(controlPlane)
        try await cluster.start()
        let kubeconfig = cluster.directory.appending(path: "mine.conf")
        let good = try String(contentsOfFile: cluster.kubeconfig, encoding: .utf8)
        try "current-context: none".write(to: kubeconfig, atomically: true, encoding: .utf8)
        try await withAgent(options: ["--kubeconfig", kubeconfig.path]) { agent in
            try agent.write(lifePod("st", "containers:\n- {name: c, image: IMAGE, command: [sleep, '1000']}"))
            #expect(try await eventually { try agent.phase("st") == "Running" })
            #expect(try await agent.ask("status").output.contains("contexts: no entry is named \"none\""))
            try good.write(to: kubeconfig, atomically: true, encoding: .utf8)
            #expect(try await cluster.eventually { try await cluster.phase("st-node1") == "Running" })
        }
        try await cluster.end()
    }

    @Test(arguments: ControlPlane.available)
    func `of whoever asks the node are looked at by the API server`(on controlPlane: ControlPlane) async throws {
        let configuration = "authentication: {webhook: {enabled: true, cacheTTL: 1s}}\nport: 20251\naddress: 127.0.0.1"
        try await withCluster(controlPlane, configuration: configuration) { cluster, _ in
            let made = try await cluster.ask(
                "POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                #"{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}"#)
            let token = try #require((made["status"] as? [String: Any])?["token"] as? String)
            func code(_ header: String, _ path: String = "metrics") async throws -> String {
                try await run(
                    "curl",
                    ["-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", header, "https://127.0.0.1:20251/\(path)"]
                ).output
            }
            #expect(try await cluster.eventually { try await code("X: y") == "401" })
            #expect(try await code("Authorization: Bearer no") == "401")
            #expect(try await code("Authorization: Bearer \(token)", "pods") == "403")
            let user = "system:serviceaccount:default:default"
            try await cluster.allow(user, "get", "nodes/pods")
            // What was refused is remembered for half a minute.
            #expect(
                try await cluster.eventually(within: .seconds(60)) {
                    try await code("Authorization: Bearer \(token)", "pods") == "200"
                })
            #expect(try await code("Authorization: Bearer \(token)", "configz") == "403")
        }
    }

    @Test func `of whoever asks the node are looked at although the API server falters for a moment`() async throws {
        let configuration = "authentication: {webhook: {enabled: true}}\nport: 20251\naddress: 127.0.0.1"
        try await withCluster(configuration: configuration) { cluster, _ in
            let made = try await cluster.ask(
                "POST", "/api/v1/namespaces/default/serviceaccounts/default/token",
                #"{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": []}}"#)
            let token = try #require((made["status"] as? [String: Any])?["token"] as? String)
            try await cluster.allow("system:serviceaccount:default:default", "get", "nodes/pods")
            func code(_ header: String) async throws -> String {
                try await run(
                    "curl",
                    ["-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", header, "https://127.0.0.1:20251/pods"]
                ).output
            }
            #expect(try await cluster.eventually { try await code("X: y") == "401" })
            for kind in ["500", "reset"] {
                try await cluster.command("fault", kind, "--match", "POST .*reviews", "--times", "1")
            }
            #expect(try await code("Authorization: Bearer \(token)") == "200")
        }
    }

    private func pin(_ cluster: TestCluster) async throws -> String {
        let authority = cluster.directory.appending(path: "ca.crt").path
        let line = """
            openssl x509 -pubkey -noout -in '\(authority)' | openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1
            """
        return "sha256:" + (try await run("sh", ["-c", line]).output.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    private func join(_ cluster: TestCluster, _ files: URL, pin: String, token: String? = nil) async throws
        -> (status: Int32, output: String)
    {
        let own = try String(contentsOf: cluster.directory.appending(path: "bootstrap.token"), encoding: .utf8)
        let server = cluster.address.replacing("https://", with: "")
        return try await run(
            AgentProcess.built("swiftlet").path,
            [
                "join", server, "--token", token ?? own.trimmingCharacters(in: .whitespacesAndNewlines),
                "--discovery-token-ca-cert-hash", pin, "--kubernetes-dir", files.path, "--config-dir",
                files.appending(path: "config.d").path, "--environment-file", files.appending(path: "flags").path,
                "--no-start",
            ])
    }
}
