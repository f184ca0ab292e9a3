import NIOHTTP1
import Testing

@testable import KubeletAPI

@Suite struct `An access review` {
    @Test(arguments: [
        ("/stats/summary", ["stats"]), ("/metrics", ["metrics"]), ("/metrics/cadvisor", ["metrics"]),
        ("/logs/", ["log"]), ("/logs/a/b", ["log"]), ("/checkpoint/a/b/c", ["checkpoint"]), ("/statusz", ["statusz"]),
        ("/flagz", ["configz"]), ("/pods", ["pods", "proxy"]), ("/pods/", ["pods", "proxy"]),
        ("/runningpods/", ["pods", "proxy"]), ("/healthz", ["healthz", "proxy"]),
        ("/healthz/ping", ["healthz", "proxy"]), ("/configz", ["configz", "proxy"]), ("/exec/a/b/c", ["proxy"]),
        ("/attach/a/b/c", ["proxy"]), ("/run/a/b/c", ["proxy"]), ("/portForward/a/b", ["proxy"]),
        ("/containerLogs/a/b/c", ["proxy"]), ("/debug/pprof/heap", ["proxy"]), ("/", ["proxy"]),
        ("/podsx", ["proxy"]), ("//pods", ["pods", "proxy"]), ("/x/../pods", ["proxy"]),
        ("/%70ods", ["pods", "proxy"]),
    ])
    func `names the subresources of a path`(path: String, subresources: [String]) throws {
        let request = try #require(Request(HTTPRequestHead(version: .http1_1, method: .GET, uri: path)))
        let reviews = AccessReview.reviews(of: request, by: User(name: "u"), node: "n")
        #expect(reviews.map(\.subresource) == subresources)
        #expect(reviews.allSatisfy { $0.verb == "get" && $0.node == "n" && $0.resource == "nodes" })
    }

    @Test(arguments: [
        (HTTPMethod.GET, "get"), (.POST, "create"), (.PUT, "update"), (.PATCH, "patch"), (.DELETE, "delete"),
        (.HEAD, ""), (.OPTIONS, ""),
    ])
    func `names the verb of a method`(method: HTTPMethod, verb: String) {
        #expect(AccessReview.verb(of: method) == verb)
    }
}
