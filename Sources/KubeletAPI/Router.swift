import FoundationEssentials
import JSONText
import Kubernetes
import NIOHTTP1
import Server

/// Finds what answers a request. Source: facts of kubelet, §11.1.
struct Router: Sendable {
    /// Which endpoints a port has.
    enum Routes: Sendable { case all, readOnly, health }

    let settings: KubeletAPISettings
    let control: KubeletControl
    let routes: Routes
    /// Tells those who follow logs; `nil`: each watches for himself.
    let watcher: LogWatcher?

    private static let debugging: Set<String> = [
        "run", "exec", "attach", "portForward", "containerLogs", "runningpods", "logs",
    ]

    func answer(_ request: Request) async throws -> Answer {
        let path = request.path.last == "" ? request.path.dropLast() : request.path[...]
        let name = path.first ?? ""
        guard isOpen(name) else { return .error(.notFound, "404 page not found") }
        if !settings.hasDebuggingHandlers, Self.debugging.contains(name) || path.starts(with: ["debug", "pprof"]) {
            return .error(.methodNotAllowed, "Debug endpoints are disabled.")
        }
        let rest = Array(path.dropFirst())
        switch name {
        case "healthz": return try await health(request, rest)
        case "pods", "runningpods", "configz", "stats", "metrics", "statusz", "flagz":
            try request.require(.GET, .HEAD)
            return try await look(name, rest, request)
        case "containerLogs":
            try request.require(.GET, .HEAD)
            return try await logs(request, rest)
        case "exec", "attach", "portForward", "run", "checkpoint": return try await act(name, rest, request)
        case "logs": return try await nodeLogs(request)
        case "debug": return try await debug(request, rest)
        default: return .error(.notFound, "404 page not found")
        }
    }

    private func isOpen(_ name: String) -> Bool {
        switch routes {
        case .all: true
        case .readOnly: ["healthz", "pods", "stats", "metrics"].contains(name)
        case .health: name == "healthz"
        }
    }

    /// What is there, as it is now.
    private func look(_ name: String, _ rest: [String], _ request: Request) async throws -> Answer {
        switch (name, rest) {
        case ("pods", []): return .json(try await podList())
        case ("runningpods", []): return .json(try await runningPods())
        case ("configz", []) where settings.hasDebuggingHandlers:
            let object = try JSON(parsing: await control.configuration())
            return .json(JSON.object(["kubeletconfig": object]).encoded)
        case ("stats", ["summary"]):
            guard let summary = control.summary else { throw Refusal.notBuilt }
            return .json(try await summary(request.query["only_cpu_and_memory"] == "true"))
        case ("metrics", _):
            guard let kind = MetricsKind(rawValue: rest.joined(separator: "/")) else { throw Refusal.notFound }
            guard let metrics = control.metrics else { throw Refusal.notBuilt }
            return Answer(.ok, type: "text/plain; version=0.0.4; charset=utf-8", .bytes(try await metrics(kind)))
        case ("statusz", []) where settings.hasDebuggingHandlers: return statusPage(Date())
        case ("flagz", []) where settings.hasDebuggingHandlers: return flagPage()
        default: throw Refusal.notFound
        }
    }

    private func act(_ name: String, _ rest: [String], _ request: Request) async throws -> Answer {
        switch name {
        case "exec":
            try request.require(.GET, .POST)
            return try await exec(request, rest)
        case "attach":
            try request.require(.GET, .POST)
            return try await attach(request, rest)
        case "run":
            try request.require(.POST)
            return try await run(request, rest)
        case "checkpoint" where settings.hasDebuggingHandlers:
            try request.require(.POST)
            return try await checkpoint(request, rest)
        case "portForward":
            try request.require(.GET, .POST)
            return try await forwardPorts(request, rest)
        default: throw Refusal.notFound
        }
    }
}

extension Router {
    /// What a kubelet answers whose runtime cannot write a container down: its own words, then those of gRPC, by which
    /// clients and upstream's node tests know it.
    ///
    /// Source: kubernetes `pkg/kubelet/server/server.go`, `checkpoint`; `test/e2e_node/checkpoint_container.go`.
    private func checkpoint(_ request: Request, _ rest: [String]) async throws -> Answer {
        guard rest.count == 3 else { throw Refusal.notFound }
        let (namespace, name, container) = (rest[0], rest[1], rest[2])
        guard let record = try await pod(namespace, name) else { throw Refusal(.notFound, "pod does not exist") }
        guard record.hasContainer(container) else { throw Refusal(.notFound, "container \(container) does not exist") }
        if let timeout = request.query.all("timeout").last, Int64(timeout) == nil {
            throw Refusal(.notFound, "cannot parse value of timeout parameter")
        }
        // Nothing is left open here: the built-in runtime has no CRIU, and these are containerd's words for that (1.7 whatever
        // is there, 2 without CRIU), by which upstream's test of checkpoints knows to pass over a node.
        let problem =
            record.hasStarted(container)
            ? "rpc error: code = Unimplemented desc = method CheckpointContainer not implemented"
            : "container \(container) not found"
        throw Refusal(
            .internalServerError, "checkpointing of \(namespace)/\(name)/\(container) failed (\(problem))")
    }
}

extension Refusal {
    /// Source: go-restful, `CurlyRouter`, whose words these are.
    static let notFound = Refusal(.notFound, "404: Page Not Found")
    static let notBuilt = Refusal(.notImplemented, "This version of Swiftlet does not tell that.")
}

extension Request {
    func require(_ methods: HTTPMethod...) throws(Refusal) {
        if !methods.contains(method) { throw Refusal(.methodNotAllowed, "405: Method Not Allowed") }
    }
}
