import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An agent's credential providers` {
    /// A provider that writes down each question; `$BODY` is the rest of its answer.
    private static let program = """
        #!/bin/sh
        cat >>"$0.asked"; echo >>"$0.asked"
        [ -z "$COMPLAINT" ] || { echo "$COMPLAINT" >&2; exit 7; }
        echo '{"kind": "CredentialProviderResponse", "apiVersion": "credentialprovider.kubelet.k8s.io/v1", '"$BODY}"
        """
    private static let joe = #""username": "joe", "password": "s3cret""#

    /// Writes a provider, and returns its entry of the configuration.
    private func provider(
        _ name: String, in host: ImageHost, for registry: String, body: String = "", more: String = ""
    ) throws -> String {
        let folder = URL(filePath: host.file("plugins").string)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: name)
        try Self.program.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return """
            - name: \(name)
              matchImages: ["\(registry)"]
              defaultCacheDuration: 1h
              apiVersion: credentialprovider.kubelet.k8s.io/v1
              env: [{name: BODY, value: '\(body)'}\(more.isEmpty ? "" : ", \(more)")]

            """
    }

    /// The agent's options for these entries.
    private func options(_ host: ImageHost, _ entries: String...) throws -> [String] {
        let file = host.file("providers.yaml").string
        try ("apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n" + entries.joined())
            .write(toFile: file, atomically: true, encoding: .utf8)
        return [
            "--image-credential-provider-config", file, "--image-credential-provider-bin-dir",
            host.file("plugins").string,
        ]
    }

    private func asked(_ host: ImageHost, _ name: String) throws -> [[String: Any]] {
        let text = (try? String(contentsOfFile: host.file("plugins/\(name).asked").string, encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    private func withRegistry(_ body: (ImageHost, TestServer) async throws -> Void) async throws {
        try await ImageHost.run { host in
            try await BusyboxImage.write(to: URL(filePath: host.file("busybox.tar").string))
            let registry = try await host.registry(auth: .users)
            for name in ["a", "b"] {
                try await host.tool(
                    "skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds", "joe:s3cret",
                    "docker-archive:busybox.tar", "docker://\(registry.name)/team/\(name):1")
            }
            try await body(host, registry)
        }
    }

    @Test func `are asked for what a registry wants to see, and not more often than their answers say`() async throws {
        try await withRegistry { host, registry in
            let body = #""cacheKeyType": "Registry", "auth": {"\#(registry.name)/team": {\#(Self.joe)}}"#
            let options = try options(
                host, provider("other", in: host, for: "other.example", body: body),
                provider(
                    "broken", in: host, for: "127.*.*.1:\(registry.port)", more: "{name: COMPLAINT, value: no key}"),
                provider("good", in: host, for: "\(registry.name)/te", body: body))
            try await withAgent(options: options) { agent in
                for name in ["a", "b"] {
                    try agent.write(
                        lifePod(
                            name,
                            """
                            containers:
                            - {name: c, image: '\(registry.name)/team/\(name):1', command: [sleep, '1000']}
                            """))
                    #expect(try await eventually { try agent.phase(name) == "Running" }, "\(name)")
                }
                let questions = try asked(host, "good")
                #expect(questions.map { $0["image"] as? String } == ["\(registry.name)/team/a"])
                #expect(questions.first?["kind"] as? String == "CredentialProviderRequest")
                #expect(questions.first?["serviceAccountToken"] == nil)
                #expect(try asked(host, "other").isEmpty)
                #expect(try asked(host, "broken").count == 2, "an answer that did not come is not remembered")
                let log = try agent.log()
                #expect(log.contains("it ended with status 7: no key"))
                #expect(!log.contains("s3cret"))
            }
        }
    }

    @Test(arguments: ControlPlane.available)
    func `are shown a token of the pod's service account where they want one`(
        on controlPlane: ControlPlane
    ) async throws {
        try await withRegistry { host, registry in
            let body = #""cacheKeyType": "Global", "auth": {"\#(registry.name)": {\#(Self.joe)}}"#
            let entry =
                try provider("tokens", in: host, for: registry.name, body: body) + """
                      tokenAttributes:
                        serviceAccountTokenAudience: registry.example
                        cacheType: ServiceAccount
                        requireServiceAccount: true
                        requiredServiceAccountAnnotationKeys: [example.com/id]

                    """
            try await withCluster(controlPlane, options: try options(host, entry)) { cluster, agent in
                try await cluster.allowAudience("registry.example")
                for (name, annotation) in [("known", #""example.com/id": "17", "x": "y""#), ("other", "")] {
                    try await cluster.ask(
                        "POST", "/api/v1/namespaces/default/serviceaccounts",
                        #"{"metadata": {"name": "\#(name)", "annotations": {\#(annotation)}}}"#)
                    try await cluster.createPod(
                        name, "sleep 1000", spec: #""serviceAccountName": "\#(name)","#,
                        image: "\(registry.name)/team/a:1", pullPolicy: "Always")
                }
                #expect(try await cluster.eventually { try await cluster.phase("known") == "Running" })
                let question = try #require(try asked(host, "tokens").first)
                #expect(question["serviceAccountAnnotations"] as? [String: String] == ["example.com/id": "17"])
                let claims = try claims(of: question["serviceAccountToken"] as? String ?? "")
                #expect(claims["aud"] as? [String] == ["registry.example"])
                #expect(claims["sub"] as? String == "system:serviceaccount:default:known")
                #expect(try await cluster.eventually { try await waits("other", cluster).contains("unauthorized") })
                #expect(try asked(host, "tokens").count == 1, "it wants an annotation that the other account has not")
            }
        }
    }

    private func waits(_ name: String, _ cluster: TestCluster) async throws -> String {
        let statuses = try await cluster.pod(name).flatMap(TestCluster.status)?["containerStatuses"]
        let state = (statuses as? [[String: Any]])?.first?["state"] as? [String: Any]
        return (state?["waiting"] as? [String: Any])?["message"] as? String ?? ""
    }

    /// What a JSON Web Token says (RFC 7519).
    private func claims(of token: String) throws -> [String: Any] {
        let parts = token.split(separator: ".")
        try #require(parts.count == 3)
        var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        while text.count % 4 != 0 { text += "=" }
        let data = try #require(Data(base64Encoded: String(text)))
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    @Test(arguments: [
        ("", "need each other"), ("providers: []", "apiVersion: expected kubelet.config.k8s.io/v1"),
        ("no program", "is no program"),
    ])
    func `that are not there keep the agent from starting`(text: String, words: String) async throws {
        try await ImageHost.run { host in
            var options = try options(host, provider("p", in: host, for: "r.example"))
            switch text {
            case "": options.removeLast(2)
            case "no program": try FileManager.default.removeItem(atPath: host.file("plugins/p").string)
            default: try text.write(toFile: options[1], atomically: true, encoding: .utf8)
            }
            let agent = try AgentProcess(options: options)
            try await agent.start()
            #expect(try await eventually { try agent.log().contains(words) })
            #expect(!agent.listens)
            try await agent.takeDown()
        }
    }
}
