import Kubernetes
import NIOHTTP1
import Server
import Testing

@testable import KubeletAPI

private func request(_ uri: String, _ headers: HTTPHeaders = [:]) -> Request? {
    Request(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: headers))
}

@Suite struct `A request` {
    @Test func `is counted, with what was asked for and how`() {
        let rows: [(String, String, String, Bool)] = [
            ("/metrics/cadvisor?a=b", "metrics/cadvisor", "GET", false), ("/metrics/nope", "other", "GET", false),
            ("/exec/a/b/c", "exec", "POST", true), ("/portForward/a/b", "portForward", "POST", false),
            ("/debug/pprof/heap", "debug", "GET", true), ("/", "other", "GET", false),
            ("/pods/", "pods", "BREW", false),
        ]
        for (path, root, method, isLong) in rows {
            let head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: path)
            let kind = APIMoment.RequestKind(head, isReadOnly: true)
            #expect(kind.path == root && kind.isLongRunning == isLong, "\(path)")
            #expect(kind.method == (method == "BREW" ? "other" : method))
        }
    }

    @Test(arguments: [
        ("/", [""]), ("/pods", ["pods"]), ("/pods/", ["pods", ""]), ("//a//b", ["a", "b"]),
        ("/logs/a%20b", ["logs", "a b"]), ("/logs/%2e%2e/x", ["logs", "..", "x"]), ("/logs/a%2Fb", ["logs", "a/b"]),
        ("/p?a/b", ["p"]),
    ])
    func `has its path cut and decoded`(uri: String, path: [String]) { #expect(request(uri)?.path == path) }

    @Test(arguments: ["*", "http://x/pods", "", "/%", "/%4", "/%zz", "/%ff%fe"])
    func `with a target that is no path is none`(uri: String) { #expect(request(uri) == nil) }

    @Test(arguments: [
        ("a=1&a=2&b", ["a=1", "a=2", "b="]), ("", []), ("a=b+c%26", ["a=b c&"]), ("a=1;b=2&c=3", ["c=3"]),
        ("a=%zz&b=1", ["b=1"]), ("=x", ["=x"]), ("&&", []), ("a=b=c", ["a=b=c"]),
    ])
    func `has its query cut and decoded`(text: String, pairs: [String]) {
        #expect(Query(parsing: text).items.map { "\($0.name)=\($0.value)" } == pairs)
    }

    @Test(
        arguments: [
            (["Authorization": "Bearer abc"], "abc"), (["Authorization": "bearer  abc"], "abc"),
            (["Authorization": "Basic abc"], nil), (["Authorization": "Bearer"], nil), ([:], nil),
            (["Sec-WebSocket-Protocol": "v4.channel.k8s.io, base64url.bearer.authorization.k8s.io.YWJj"], "abc"),
            (["Sec-WebSocket-Protocol": "base64url.bearer.authorization.k8s.io.!!"], nil),
        ] as [(HTTPHeaders, String?)])
    func `may carry a token`(headers: HTTPHeaders, token: String?) {
        let request = request("/pods", headers)
        #expect(request?.bearerToken == token)
        #expect(request?.webSocketProtocols.contains { $0.contains("bearer") } == false)
    }
}

@Suite struct `The options of a log` {
    @Test func `are read as the API reads them`() throws {
        let options = try LogOptions(
            Query(parsing: "follow=true&previous=0&timestamps&tailLines=5&limitBytes=9&sinceSeconds=3"))
        #expect(options.follow && !options.previous && options.timestamps)
        #expect(options.tailLines == 5 && options.limitBytes == 9 && options.sinceSeconds == 3)
        #expect(try LogOptions(Query(parsing: "tail=all&tailLines=x")).tailLines == nil)
        #expect(try LogOptions(Query(parsing: "tail=7")).tailLines == 7)
        #expect(try LogOptions(Query(parsing: "stream=Stderr")).stream == "stderr")
        #expect(try LogOptions(Query(parsing: "stream=All&tailLines=1")).stream == nil)
        let since = try LogOptions(Query(parsing: "sinceTime=2026-01-02T03:04:05Z"))
        #expect(since.sinceTime == Time(rfc3339: "2026-01-02T03:04:05Z"))
        let request = options.request(.init(name: "p"), container: "c", now: Time(seconds: 100))
        #expect(request.since == Time(seconds: 97) && request.tail == 5)
    }

    @Test(arguments: [
        ("tailLines=x", 400), ("sinceTime=yesterday", 400), ("limitBytes=", 400), ("tailLines=-1", 422),
        ("limitBytes=0", 422), ("sinceSeconds=0", 422), ("sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z", 422),
        ("stream=Both", 422), ("stream=Stdout&tailLines=1", 422),
    ])
    func `that are wrong are refused`(query: String, code: UInt) {
        let refusal = #expect(throws: Refusal.self) { try LogOptions(Query(parsing: query)) }
        #expect(refusal?.status.code == code)
    }
}

@Suite struct `A query for the node's logs` {
    @Test func `becomes words for journalctl`() throws {
        let query = try #require(
            try NodeLogQuery(
                Query(
                    parsing:
                        "query=kubelet&query=a@b.service&sinceTime=2026-01-02T03:04:05Z&untilTime=2026-01-02T04:04:05%2B00:00"
                        + "&boot=-1&tail=9&grep=x+y")))
        #expect(query.problems == [])
        #expect(
            query.journalArguments == [
                "--utc", "--no-pager", "--output=short-precise", "--since=2026-01-02 03:04:05 UTC",
                "--until=2026-01-02 04:04:05 UTC", "--reverse", "--lines=9", "--unit=kubelet", "--unit=a@b.service",
                "--grep=x y", "--case-sensitive=false", "--boot", "-1",
            ])
    }

    @Test(arguments: [
        ("query=a&tailLines=9", "c\nb\n  b2\n  b3\na\n", "a\nb\n  b2\n  b3\nc\n"),
        ("query=a&tailLines=9", "b\n-- Boot 0f --\na\n", "a\nb\n"),
        ("query=a&tailLines=9", "-- No entries --\n", "-- No entries --\n"),
        ("query=a&tailLines=9", "  a\n", "  a\n"), ("query=a&tailLines=9", "", ""),
        ("query=a", "a\n-- Boot 0f --\nb\n", "a\n-- Boot 0f --\nb\n"),
    ])
    func `is answered in the order in which it happened`(text: String, printed: String, told: String) throws {
        let query = try #require(try NodeLogQuery(Query(parsing: text)))
        #expect(String(decoding: query.inOrder(Array(printed.utf8)), as: UTF8.self) == told)
    }

    @Test(arguments: [
        "query=a%20b", "query=-x", "query=$(id)", "query=a&query=b&query=c&query=d&query=e", "query=a/b&query=c",
        "query=a/b&tailLines=1", "tailLines=1", "query=a&boot=1", "query=a&tailLines=-1", "query=a&tailLines=100001",
        "query=../x", "query=/a/../../x",
        "query=a&sinceTime=2026-01-02T03:04:05Z&untilTime=2026-01-01T03:04:05Z",
    ])
    func `that cannot be answered says why`(text: String) throws {
        #expect(try NodeLogQuery(Query(parsing: text))?.problems.isEmpty == false)
    }

    @Test func `is none where nothing is asked, and unreadable where a number is none`() throws {
        #expect(try NodeLogQuery(Query(parsing: "")) == nil)
        #expect(throws: Refusal.self) { try NodeLogQuery(Query(parsing: "query=a&boot=x")) }
        #expect(throws: Refusal.self) { try NodeLogQuery(Query(parsing: "query=a&sinceTime=x")) }
    }
}
