import Foundation
import TestSupport
import Testing

/// An API server of a test's own, started by `hack/apiserver`, asked with curl as a cluster's administrator.
final class TestCluster {
    typealias Object = [String: Any]

    let directory: URL
    let controlPlane: ControlPlane
    private(set) var address = ""
    private var pid: Int32 = 0
    private var port = 0

    var kubeconfig: String { directory.appending(path: "kubelet.conf").path }
    /// Of whoever may do everything.
    var administrator: String { directory.appending(path: "admin.conf").path }

    private let settings: [String]

    /// - Parameter settings: of the server's, as `hack/apiserver --set` takes them.
    init(_ controlPlane: ControlPlane = .simulated, settings: [String] = []) throws {
        self.controlPlane = controlPlane
        self.settings = settings
        directory = FileManager.default.temporaryDirectory.appending(
            path: "swiftlet-cluster-\(UInt32.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// The repository's own program.
    private static let program = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "hack/apiserver").path

    /// Starts it, again with what it had where it was before.
    func start() async throws {
        let output = directory.appending(path: "output")
        let line = """
            exec 3>'\(output.path)'; setsid python3 '\(Self.program)' --dir '\(directory.path)' --node node1 \
            --port \(port) \((controlPlane.options + settings.flatMap { ["--set", $0] }).joined(separator: " ")) \
            </dev/null >&3 2>&1 3>&- & echo $!
            """
        let result = try await run("sh", ["-c", line])
        pid = try #require(Int32(result.output.split(separator: "\n").last ?? ""))
        func ready() throws -> String? {
            try String(contentsOf: output, encoding: .utf8).split(separator: "\n").first { $0.hasPrefix("ready ") }
                .map { String($0.dropFirst(6)) }
        }
        #expect(try await eventually { try ready() != nil })
        address = try #require(try ready())
        port = Int(address.split(separator: ":").last ?? "") ?? 0
    }

    func kill() async throws {
        _ = Foundation.kill(pid, SIGKILL)
        let pid = pid
        _ = try await eventually { Foundation.kill(pid, 0) != 0 || (try? processState(pid)) == "Z" }
    }

    private func processState(_ pid: Int32) throws -> String {
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return stat.split(separator: ")").last?.split(separator: " ").first.map(String.init) ?? ""
    }

    func end() async throws {
        try await kill()
        try FileManager.default.removeItem(at: directory)
    }

    /// One of `hack/apiserver`'s commands.
    func command(_ name: String, _ arguments: String...) async throws {
        let result = try await run("python3", [Self.program, name, "--dir", directory.path] + arguments)
        #expect(result.status == 0, "\(result.output)")
    }

    // MARK: Objects

    @discardableResult
    func ask(_ method: String, _ path: String, _ body: String? = nil, type: String = "application/json") async throws
        -> Object
    {
        var arguments = [
            "-sS", "--max-time", "20", "-X", method, "--cacert", directory.appending(path: "ca.crt").path,
            "--cert", directory.appending(path: "kubelet-client.crt").path,
            "--key", directory.appending(path: "kubelet-client.key").path, "\(address)\(path)",
        ]
        if let body { arguments += ["-H", "Content-Type: \(type)", "--data-binary", body] }
        let result = try await run("curl", arguments)
        guard result.status == 0 else { throw NoAnswer(text: result.output) }
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? Object ?? [:]
    }

    struct NoAnswer: Error { let text: String }

    static let pods = "/api/v1/namespaces/default/pods"

    /// A pod of one container of busybox, with more of its spec and of the container's.
    func createPod(
        _ name: String, _ command: String, spec: String = "", container: String = "",
        image: String = BusyboxImage.name, pullPolicy: String = "Never"
    ) async throws {
        let made = try await ask(
            "POST", Self.pods,
            """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\(name)"}, "spec": {
              "nodeName": "node1", "terminationGracePeriodSeconds": 2, "hostNetwork": true, \(spec) "containers": [{
                "name": "c", "image": "\(image)", "imagePullPolicy": "\(pullPolicy)", \(container)
                "command": ["sh", "-c", "\(command)"]}]}}
            """)
        #expect(made["kind"] as? String == "Pod", "\(made)")
    }

    /// `nil`: there is none.
    func pod(_ name: String) async throws -> Object? {
        let found = try await ask("GET", "\(Self.pods)/\(name)")
        return found["kind"] as? String == "Pod" ? found : nil
    }

    /// All pods by name.
    func pods() async throws -> [String: Object] {
        let items = try await ask("GET", Self.pods)["items"] as? [Object] ?? []
        return Dictionary(
            items.compactMap { object in
                ((object["metadata"] as? Object)?["name"] as? String).map { ($0, object) }
            }
        ) { $1 }
    }

    func phase(_ name: String) async throws -> String? { try await pod(name).flatMap(Self.status)?["phase"] as? String }

    static func status(_ object: Object) -> Object? { object["status"] as? Object }

    static func condition(_ object: Object?, _ type: String) -> String? {
        let conditions = object.flatMap(status)?["conditions"] as? [Object] ?? []
        return conditions.first { $0["type"] as? String == type }?["status"] as? String
    }

    /// Waits until a condition of the server's objects holds.
    func eventually(within time: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + time
        while ContinuousClock.now < deadline {
            if (try? await condition()) == true { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try await condition()
    }

    // MARK: What was asked

    /// What the node sent that the API does not know.
    func violations() -> String {
        (try? String(contentsOf: directory.appending(path: "violations.jsonl"), encoding: .utf8)) ?? ""
    }
}

/// Starts an API server and an agent that belongs to it, lends both, and takes them down with all pods.
///
/// - Parameters:
///   - settings: of the API server's.
///   - configuration: lines of the agent's, with `CLUSTER` for the directory of the API server's files.
func withCluster(
    _ controlPlane: ControlPlane = .simulated, settings: [String] = [], configuration: String = "",
    options: [String] = [], prepare: (AgentProcess) async throws -> Void = { _ in },
    _ body: (TestCluster, AgentProcess) async throws -> Void
) async throws {
    let cluster = try TestCluster(controlPlane, settings: settings)
    do {
        try await cluster.start()
        try await withAgent(
            configuration: configuration.replacing("CLUSTER", with: cluster.directory.path),
            options: ["--kubeconfig", cluster.kubeconfig] + options, prepare: prepare
        ) { agent in
            try await body(cluster, agent)
            #expect(cluster.violations().isEmpty)
            try await cluster.ask("DELETE", "\(TestCluster.pods)?gracePeriodSeconds=0")
        }
    } catch {
        try await cluster.end()
        throw error
    }
    try await cluster.end()
}
