/// A pod of the API server's, of one container that says in a directory of the machine's when it starts.
struct ClusterPod {
    static let place = "/var/lib/machine-tests/starts"
    static let all = "/api/v1/namespaces/default/pods"
    let name: String
    var path: String { "\(Self.all)/\(name)" }

    /// - Parameters:
    ///   - script: what runs after the start was written down, without quotes of either kind.
    ///   - spec: members of the pod's.
    init(_ name: String, script: String, spec: String = "") async throws {
        self.name = name
        try await ClusterServer.ask(
            "POST", Self.all,
            """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)", "labels": {"stage": "one"}}, "spec": {
              "nodeName": "node1", "terminationGracePeriodSeconds": 5, "hostNetwork": true, \(spec)
              "volumes": [
                {"name": "s", "hostPath": {"path": "\(Self.place)", "type": "DirectoryOrCreate"}},
                {"name": "i", "downwardAPI": {"items": [
                  {"path": "stage", "fieldRef": {"fieldPath": "metadata.labels"}}]}}],
              "containers": [{
                "name": "app", "image": "localhost/demo:1", "imagePullPolicy": "Never",
                "volumeMounts": [{"name": "s", "mountPath": "/starts"}, {"name": "i", "mountPath": "/info"}],
                "command": ["sh", "-c", "cut -d. -f1 /proc/uptime >>/starts/\(name); trap exit TERM; \(script)"]}]}}
            """)
    }

    static let forever = "while :; do sleep 0.5; done"

    func status(_ filter: String) async throws -> String { try await ClusterServer.get(path, ".status | \(filter)") }

    /// Waits until the API server has been told of it.
    func untilPhase(_ phase: String) async throws {
        try await until("\(name) is \(phase)") { try await (status(".phase") == phase).orNil }
    }

    func delete(grace: Int? = nil) async throws {
        try await ClusterServer.ask("DELETE", path + (grace.map { "?gracePeriodSeconds=\($0)" } ?? ""))
    }

    /// When its container was started, in whole seconds since the boot.
    func starts() async throws -> [Int] {
        try await shell("if [ -e \(Self.place)/\(name) ]; then cat \(Self.place)/\(name); fi").split(separator: "\n")
            .compactMap { Int($0) }
    }

    func untilStarts(_ count: Int) async throws {
        try await until("\(name) has started \(count) times") { try await (starts().count >= count).orNil }
    }
}
