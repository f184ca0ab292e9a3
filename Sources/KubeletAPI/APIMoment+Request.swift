import NIOHTTP1

extension APIMoment.RequestKind {
    // Source: kubernetes `pkg/kubelet/server/server.go`, `addMetricsBucketMatcher` wherever it is called.
    private static let paths: Set<String> = [
        "healthz", "pods", "stats", "metrics", "metrics/cadvisor", "metrics/probes", "metrics/resource", "metrics/slis",
        "run", "exec", "attach", "portForward", "containerLogs", "configz", "runningpods", "debug", "logs",
        "checkpoint",
        "statusz", "flagz",
    ]
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE",
    ]
    // Its spelling of ports is none that is served, so that those are not among them.
    private static let lasting: Set<String> = ["exec", "attach", "portforward", "debug"]

    init(_ head: HTTPRequestHead, isReadOnly: Bool) {
        let path = head.uri.prefix { $0 != "?" }.split(separator: "/")
        let root = path.prefix(path.first == "metrics" ? 2 : 1).joined(separator: "/")
        self.path = Self.paths.contains(root) ? root : "other"
        method = Self.methods.contains(head.method.rawValue) ? head.method.rawValue : "other"
        self.isReadOnly = isReadOnly
        isLongRunning = Self.lasting.contains(self.path)
    }
}
