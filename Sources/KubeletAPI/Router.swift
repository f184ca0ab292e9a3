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
            guard rest.count == 3 else { throw Refusal.notFound }
            guard let record = try await pod(rest[0], rest[1]) else { throw Refusal(.notFound, "pod does not exist") }
            guard record.hasContainer(rest[2]) else {
                throw Refusal(.notFound, "container \"\(rest[2])\" not found in pod \"\(rest[1])\"")
            }
            // Source: `pkg/kubelet/server/server.go`: the code where the runtime cannot.
            throw Refusal(
                .notFound, "checkpointing of \(rest[0])/\(rest[1])/\(rest[2]) failed (this version cannot checkpoint)")
        case "portForward":
            try request.require(.GET, .POST)
            return try await forwardPorts(request, rest)
        default: throw Refusal.notFound
        }
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
