import NIOHTTP1

extension AccessReview {
    /// What a request comes to; whoever may do one of them may ask it.
    ///
    /// Source: kubernetes `pkg/kubelet/server/auth.go`; facts of kubelet, §11.5.
    static func reviews(of request: Request, by user: User, node: String) -> [AccessReview] {
        subresources(of: request.path).map {
            AccessReview(user: user, verb: verb(of: request.method), subresource: $0, node: node)
        }
    }

    static func verb(of method: HTTPMethod) -> String {
        switch method {
        case .POST: "create"
        case .GET: "get"
        case .PUT: "update"
        case .PATCH: "patch"
        case .DELETE: "delete"
        default: ""
        }
    }

    static func subresources(of path: [String]) -> [String] {
        switch path.first ?? "" {
        case "stats": ["stats"]
        case "metrics": ["metrics"]
        case "logs": ["log"]
        case "checkpoint": ["checkpoint"]
        case "statusz": ["statusz"]
        case "flagz": ["configz"]
        case "pods", "runningpods": ["pods", "proxy"]
        case "healthz": ["healthz", "proxy"]
        case "configz": ["configz", "proxy"]
        default: ["proxy"]
        }
    }
}
