import Pods
import Synchronization
import Testing

@testable import Probes

@Suite(.timeLimit(.minutes(1))) struct `A hook's request` {
    private static func send(
        _ port: UInt16, _ path: String = "/", scheme: Pod.Container.HTTPGet.Scheme = .http,
        headers: [(String, String)] = []
    ) async throws -> Bool {
        var get = Pod.Container.HTTPGet(port: .number(port))
        (get.scheme, get.path) = (scheme, path)
        get.headers = headers.map { .init(name: $0.0, value: $0.1) }
        return try await HookRequest(get, host: "127.0.0.1", port: port, version: "1.2").send()
    }

    private static func answer(_ status: String, _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\n\(headers)Content-Length: 0\r\n\r\n"
    }

    @Test(arguments: [
        ("200 OK", ""), ("404 Not Found", ""), ("500 Internal Server Error", ""), ("304 Not Modified", ""),
        ("302 Found", "Location: http://elsewhere.test/\r\n"),
    ])
    func `takes any answer for success`(status: String, headers: String) async throws {
        try await withServer({ _ in Self.answer(status, headers) }) { port async throws in
            #expect(try await !Self.send(port))
        }
    }

    @Test func `fails where no answer comes`() async throws {
        var dead: UInt16 = 0
        try await withServer({ _ in "" }) { port async throws in
            dead = port
            #expect(await Self.failure { try await Self.send(port, "/a") } == "Get \"http://127.0.0.1:\(port)/a\": EOF")
        }
        let port = dead
        let refusal = "Get \"http://127.0.0.1:\(port)/\": dial tcp 127.0.0.1:\(port): connect: connection refused"
        #expect(await Self.failure { try await Self.send(port) } == refusal)
        try await withServer({ _ in Self.answer("302 Found", "Location: /loop\r\n") }) { port async throws in
            let loop = "Get \"http://127.0.0.1:\(port)/loop\": stopped after 10 redirects"
            #expect(await Self.failure { try await Self.send(port) } == loop)
        }
    }

    @Test func `falls back to plain words, without what was meant for an encrypted connection`() async throws {
        let asked = Mutex<[String]>([])
        let server: @Sendable (String) -> String? = { text in
            asked.withLock { $0.append(text) }
            return Self.answer("400 Bad Request")
        }
        try await withServer(server) { port async throws in
            let headers = [("Authorization", "secret"), ("X-A", "1")]
            #expect(try await Self.send(port, scheme: .https, headers: headers))
            let last = asked.withLock { $0.last ?? "" }.split(separator: "\r\n")
            #expect(
                Set(last) == [
                    "GET / HTTP/1.1", "Host: 127.0.0.1:\(port)", "User-Agent: kube-lifecycle/1.2", "Accept: */*",
                    "X-A: 1", "Connection: close",
                ])
            #expect(try await !Self.send(port, headers: headers))
            #expect(asked.withLock { $0.last ?? "" }.contains("Authorization: secret\r\n"))
        }
    }

    /// The words of what is thrown.
    private static func failure(_ body: () async throws -> Bool) async -> String {
        do { return "answered: \(try await body())" } catch { return "\(error)" }
    }
}
