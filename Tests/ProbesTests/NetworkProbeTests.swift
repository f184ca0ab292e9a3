import Pods
import Testing

@testable import Probes

typealias Probe = Pod.Container.Probe

@Suite(.timeLimit(.minutes(1))) struct `A probe over the network` {
    static func ask(
        _ action: Probe.Action, at address: String? = "127.0.0.1", timeout: Duration = .seconds(60),
        ports: [Pod.Container.Port] = []
    ) async throws -> ProbeAnswer {
        var container = Pod.Container(name: "app", image: "x")
        container.ports = ports
        var probe = Probe(action)
        probe.timeout = timeout
        let pod = Pod(id: .init("u"), name: "web", containers: [container])
        return try await NetworkProbe(version: "1.2").ask(
            ProbeQuestion(pod: pod, container: container, probe: probe, address: address))
    }

    static func get(_ port: UInt16, _ path: String = "/", headers: [(String, String)] = []) -> Probe.Action {
        var get = Pod.Container.HTTPGet(port: .number(port))
        get.path = path
        get.headers = headers.map { .init(name: $0.0, value: $0.1) }
        return .http(get)
    }

    static func text(_ status: String, _ body: String = "", _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test(
        arguments: [
            ("200 OK", .success, "hello"), ("204 No Content", .success, ""),
            ("304 Not Modified", .warning, "Probe terminated redirects, Response body: "),
            ("404 Not Found", .failure, "HTTP probe failed with statuscode: 404"),
            ("503 Service Unavailable", .failure, "HTTP probe failed with statuscode: 503"),
        ] as [(String, ProbeAnswer.Outcome, String)])
    func `reads the status`(status: String, outcome: ProbeAnswer.Outcome, output: String) async throws {
        let hasBody = status.hasPrefix("200")
        try await withServer({ _ in Self.text(status, hasBody ? "hello" : "") }) { port async throws in
            #expect(try await Self.ask(Self.get(port)) == ProbeAnswer(outcome, output))
        }
    }

    @Test func `asks as the kubelet does`() async throws {
        try await withServer({ Self.text("200 OK", $0) }) { port async throws in
            let plain = try await Self.ask(Self.get(port, "/a?b=c d#e")).output
            #expect(
                Set(plain.split(separator: "\r\n")) == [
                    "GET /a?b=c%20d HTTP/1.1", "Host: 127.0.0.1:\(port)", "User-Agent: kube-probe/1.2", "Accept: */*",
                    "Connection: close",
                ])
            let headers = [
                ("Host", "example.test"), ("User-Agent", "me"), ("Accept", ""), ("X-A", "1"), ("X-A", "2"),
            ]
            let given = try await Self.ask(Self.get(port, "a", headers: headers)).output
            #expect(
                Set(given.split(separator: "\r\n")) == [
                    "GET /a HTTP/1.1", "Host: example.test", "User-Agent: me", "X-A: 1", "X-A: 2", "Connection: close",
                ])
        }
    }

    @Test func `follows redirects to the same host only, ten at most`() async throws {
        let answer: @Sendable (String) -> String = { request in
            let path = request.split(separator: " ")[1]
            return switch path {
            case "/to": Self.text("302 Found", "", "Location: /there?x=1\r\n")
            case "/there?x=1": Self.text("200 OK", "arrived")
            case "/away": Self.text("301 Moved", "gone", "Location: http://127.0.0.2:1/\r\n")
            case "/lost": Self.text("302 Found", "where")
            default: Self.text("307 Again", "", "Location: /loop\r\n")
            }
        }
        try await withServer(answer) { port async throws in
            #expect(try await Self.ask(Self.get(port, "/to")) == ProbeAnswer(.success, "arrived"))
            let away = "Probe terminated redirects, Response body: gone"
            #expect(try await Self.ask(Self.get(port, "/away")) == ProbeAnswer(.warning, away))
            #expect(try await Self.ask(Self.get(port, "/lost")).outcome == .warning)
            let loop = "Get \"http://127.0.0.1:\(port)/loop\": stopped after 10 redirects"
            #expect(try await Self.ask(Self.get(port, "/loop")) == ProbeAnswer(.failure, loop))
        }
    }

    @Test func `keeps no more of a body than it needs, nor waits for a silent server`() async throws {
        try await withServer({ _ in Self.text("200 OK", String(repeating: "x", count: 1 << 20)) }) {
            port async throws in
            #expect(try await Self.ask(Self.get(port)).output.utf8.count == 10_240)
        }
        try await withServer({ _ in nil }) { port async throws in
            let answer = try await Self.ask(Self.get(port), timeout: .milliseconds(200))
            #expect(answer.outcome == .failure && answer.output.contains("context deadline exceeded"))
            let health = try await Self.ask(.grpc(port: port, service: ""), timeout: .milliseconds(200))
            #expect(health == ProbeAnswer(.failure, "timeout: health rpc did not complete within 0.2s"))
        }
        try await withServer({ _ in "" }) { port async throws in
            #expect(try await Self.ask(Self.get(port)).output == "Get \"http://127.0.0.1:\(port)/\": EOF")
        }
    }

    @Test func `tells a port that is closed, unknown or nowhere`() async throws {
        var closed: UInt16 = 0
        try await withServer({ _ in "" }) { closed = $0 }
        let refused = "dial tcp 127.0.0.1:\(closed): connect: connection refused"
        #expect(
            try await Self.ask(.tcp(host: nil, port: .number(closed))) == ProbeAnswer(.failure, refused))
        #expect(
            try await Self.ask(Self.get(closed))
                == ProbeAnswer(.failure, "Get \"http://127.0.0.1:\(closed)/\": \(refused)"))
        #expect(
            try await Self.ask(.grpc(port: closed, service: ""))
                == ProbeAnswer(.failure, "error: failed to connect service at \"127.0.0.1:\(closed)\": \(refused)"))
        await #expect(throws: Pod.Container.NoPort.self) { try await Self.ask(.tcp(host: nil, port: .name("http"))) }
        await #expect(throws: NoAddress.self) { try await Self.ask(.tcp(host: nil, port: .number(80)), at: nil) }
        try await withServer({ _ in "" }) { port async throws in
            var named = Pod.Container.Port(containerPort: port)
            named.name = "http"
            #expect(try await Self.ask(.tcp(host: "localhost", port: .name("http")), ports: [named]).isGood)
            #expect(try await Self.ask(.tcp(host: nil, port: .name("\(port)"))).isGood)
        }
    }

    @Test func `asks gRPC's health service`() async throws {
        try await withHealthServer { port async throws in
            let answers = [
                "good": ProbeAnswer(.success, "service healthy"),
                "bad": ProbeAnswer(.failure, "service unhealthy (responded with \"NOT_SERVING\")"),
                "none": ProbeAnswer(
                    .failure,
                    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no"),
            ]
            for (service, expected) in answers {
                let answer = try await Self.ask(.grpc(port: port, service: service))
                #expect(answer == expected)
            }
        }
    }

    @Test(arguments: [
        ([UInt8](), 0), ([0, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 2, 8, 1], 1), ([0, 0, 0, 0, 2, 8, 2], 2),
        ([0, 0, 0, 0, 2, 8], 0),
    ])
    func `reads a health message`(body: [UInt8], status: Int) {
        #expect(GRPCHealth.status(body) == status)
    }
}
