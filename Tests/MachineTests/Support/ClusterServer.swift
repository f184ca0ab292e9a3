import FoundationEssentials
import Testing

/// The repository's own API server, in a network namespace of its own: between it and this machine is a line that a
/// test can make a bad one. Its administrator sits beside it, and feels nothing of that.
enum ClusterServer {
    static let address = "10.99.0.2:6443"
    private static let unit = "test-apiserver"
    private static let directory = "/var/lib/machine-tests/api"
    private static var program: String {
        get throws { try #require(ProcessInfo.processInfo.environment["SWIFTLET_REPOSITORY"]) + "/hack/apiserver" }
    }

    static func begin() async throws {
        try await shell(
            """
            ip netns add server
            ip link add to-server type veth peer name eth0 netns server
            ip address add 10.99.0.1/24 dev to-server; ip link set to-server up
            ip -n server address add 10.99.0.2/24 dev eth0; ip -n server link set eth0 up; ip -n server link set lo up
            mkdir -p \(directory)
            """)
        try await start()
        // As kubeadm's roles have it: who comes with a token may read what holds for all nodes.
        try await shell(
            """
            echo '[{"groups": ["system:bootstrappers"], "verbs": ["get"], "resources": ["configmaps"]}]' >\(directory)/access.json
            """)
    }

    static func start() async throws {
        try await shell(
            """
            systemd-run -q --unit=\(unit) -p NetworkNamespacePath=/run/netns/server python3 \(program) \
                --dir \(directory) --node node1 --address 10.99.0.2 --port 6443
            """)
        try await until("the API server answers") { try await get("/readyz") }
    }

    static func stop() async throws { try await shell("systemctl stop \(unit)") }

    static func end() async throws {
        // A test that failed may have left it stopped: then systemd knows the unit no more, and refuses.
        try await shell("systemctl stop \(unit) || true; ip netns delete server; rm -rf \(directory)")
    }

    // MARK: Asking

    /// As the cluster's administrator: what curl prints.
    @discardableResult
    static func ask(_ method: String, _ path: String, _ body: String? = nil, type: String = "application/json")
        async throws -> String
    {
        let data = body.map { "-H 'Content-Type: \(type)' --data-binary '\($0)'" } ?? ""
        return try await shell(
            """
            ip netns exec server curl -sS --fail-with-body --max-time 20 -X \(method) \(data) \(credentials) \
                --cacert \(directory)/ca.crt 'https://\(address)\(path)'
            """)
    }

    static func get(_ path: String) async throws -> String { try await ask("GET", path) }

    /// What a filter of jq's finds in an object.
    static func get(_ path: String, _ filter: String) async throws -> String {
        try await ask("GET", path).filtered(by: filter)
    }

    /// For curl: the API server's own certificate as a client, by which a node knows it.
    static let credentials = "--cert \(directory)/kubelet-client.crt --key \(directory)/kubelet-client.key"

    static func token() async throws -> String { try await shell("cat \(directory)/bootstrap.token") }

    static func pin() async throws -> String {
        try await "sha256:"
            + shell(
                """
                openssl x509 -pubkey -noout -in \(directory)/ca.crt | openssl pkey -pubin -outform der | sha256sum | cut -d' ' -f1
                """)
    }

    /// Writes down what the cluster wants of all nodes, as kubeadm does: lines of a KubeletConfiguration.
    static func setWishes(_ lines: String) async throws {
        let text = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\(lines)"
        try await ask(
            "POST", "/api/v1/namespaces/kube-system/configmaps",
            """
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kubelet-config"}, "data": {
              "kubelet": "\(text.split(separator: "\n").joined(separator: #"\n"#))"}}
            """)
    }

    /// What a filter of jq's finds in the requests of the node's so far, each an object.
    static func requests(_ filter: String) async throws -> String {
        try await shell("jq -r 'select(.user == \"system:node:node1\") | \(filter)' \(directory)/audit.jsonl")
    }

    /// What the node sent that the API does not know.
    static func violations() async throws -> String { try await shell("cat \(directory)/violations.jsonl") }

    // MARK: The line

    /// Half a second to the server, and one in twenty packets lost both ways, for as long as `body` runs.
    static func withBadLine<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await shell(
            """
            tc qdisc add dev to-server root netem delay 500ms loss 5%
            tc -n server qdisc add dev eth0 root netem loss 5%
            """)
        return try await doing(body) {
            try await shell("tc qdisc del dev to-server root; tc -n server qdisc del dev eth0 root")
        }
    }
}

extension String {
    func filtered(by filter: String) async throws -> String {
        try await shell("jq -r '\(filter)' <<'END_OF_OBJECT'\n\(self)\nEND_OF_OBJECT")
    }
}
