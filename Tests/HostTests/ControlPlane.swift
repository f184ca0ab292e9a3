import Foundation
import Testing

/// What answers a node in the tests of a cluster.
enum ControlPlane: Sendable, CustomTestStringConvertible {
    /// `hack/apiserver`, which can fail on demand.
    case simulated
    /// etcd and kube-apiserver of this directory.
    case real(assets: String)

    /// The directory of `etcd`, `kube-apiserver` and `kubectl`, named as for controller-runtime's envtest; `nil`: none is.
    static let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"].flatMap { $0.isEmpty ? nil : $0 }

    static let available: [ControlPlane] = [.simulated] + (assets.map { [.real(assets: $0)] } ?? [])

    /// Those with somebody who signs certificates: beside a real API server kube-controller-manager does, where it is in
    /// the same directory or in one beside it, as `hack/cluster/controllers.py` looks for it.
    static let signing = available.filter { controlPlane in
        guard case .real(let assets) = controlPlane else { return true }
        let files = FileManager.default
        let around = URL(filePath: assets).resolvingSymlinksInPath().deletingLastPathComponent()
        let beside = (try? files.contentsOfDirectory(atPath: around.path)) ?? []
        let places = [assets, around.path] + beside.map { around.appending(path: $0).path }
        return places.contains { files.fileExists(atPath: "\($0)/kube-controller-manager") }
    }

    var isReal: Bool { if case .real = self { true } else { false } }

    /// What `hack/apiserver` is told of it.
    var options: [String] {
        switch self {
        case .simulated: []
        case .real(let assets): ["--assets", assets]
        }
    }

    var testDescription: String {
        switch self {
        case .simulated: "hack/apiserver"
        case .real: "kube-apiserver"
        }
    }
}

extension TestCluster {
    /// What a node asked.
    struct Request {
        let verb: String
        /// Path and query.
        let uri: String
        let user: String
        let body: Object?

        /// One line of `audit.jsonl`: of `hack/apiserver`, or an event of `audit.k8s.io/v1`.
        init(_ line: Object) {
            verb = line["verb"] as? String ?? ""
            uri = (line["requestURI"] ?? line["uri"]) as? String ?? ""
            user = ((line["user"] as? Object)?["username"] ?? line["user"]) as? String ?? ""
            body = (line["requestObject"] ?? line["request"]) as? Object
        }
    }

    /// Every request of the node's so far.
    func requests() throws -> [Request] {
        try String(contentsOf: directory.appending(path: "audit.jsonl"), encoding: .utf8).split(separator: "\n")
            .compactMap { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? Object }
            .map(Request.init).filter { $0.user.hasPrefix("system:node:") }
    }

    /// Lets a user of the cluster do something with objects without a namespace.
    func allow(_ user: String, _ verb: String, _ resource: String) async throws {
        guard controlPlane.isReal else {
            return try #"[{"users": ["\#(user)"], "verbs": ["\#(verb)"], "resources": ["\#(resource)"]}]"#.write(
                to: directory.appending(path: "access.json"), atomically: true, encoding: .utf8)
        }
        try await bind("User", user, verb, resource)
    }

    /// Lets nodes ask for tokens for an audience that no pod names. `hack/apiserver` asks for no such right.
    func allowAudience(_ audience: String) async throws {
        guard controlPlane.isReal else { return }
        try await bind("Group", "system:nodes", "request-serviceaccounts-token-audience", audience)
    }

    private func bind(_ kind: String, _ name: String, _ verb: String, _ resource: String) async throws {
        let group = "rbac.authorization.k8s.io"
        try await ask(
            "POST", "/apis/\(group)/v1/clusterroles",
            """
            {"metadata": {"name": "allowed"}, "rules": [
              {"apiGroups": [""], "verbs": ["\(verb)"], "resources": ["\(resource)"]}]}
            """)
        try await ask(
            "POST", "/apis/\(group)/v1/clusterrolebindings",
            """
            {"metadata": {"name": "allowed"}, "roleRef": {"apiGroup": "\(group)", "kind": "ClusterRole", "name": "allowed"},
             "subjects": [{"apiGroup": "\(group)", "kind": "\(kind)", "name": "\(name)"}]}
            """)
    }
}
