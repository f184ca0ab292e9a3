import FoundationEssentials
import NIOCore
import NIOPosix
package import Pods
import SystemPackage

/// A probe that needs no process: HTTP, TCP, gRPC. The words of its answers are the kubelet's.
package struct NetworkProbe: Sendable {
    /// Source: facts of kubelet, §4.4: of an answer no more is kept.
    package static let outputLimit = 10_240

    /// `kube-probe/<version>`.
    let userAgent: String

    package init(version: String) { userAgent = "kube-probe/\(version)" }

    package func ask(_ question: ProbeQuestion) async throws -> ProbeAnswer {
        let timeout = question.probe.timeout
        switch question.probe.action {
        case .exec: throw NoNetworkProbe()
        case .tcp(let host, let port):
            let exchange = try exchange(question, host: host, port: port)
            return try await connect(exchange)
        case .http(let get):
            let request = try HTTPProbeRequest(
                get, host: host(question, get.host), port: number(question, get.port), userAgent: userAgent)
            do {
                return try await within(timeout) { try await answer(to: request, timeout: timeout) }
            } catch let failure as HTTPFailure {
                return ProbeAnswer(.failure, failure.description)
            } catch is TimeIsOver {
                return ProbeAnswer(
                    .failure,
                    "Get \"\(request.url)\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                )
            }
        case .grpc(let port, let service):
            let exchange = try exchange(question, host: nil, port: .number(port))
            return try await health(of: service, exchange)
        }
    }

    private func exchange(
        _ question: ProbeQuestion, host: String?, port: Pod.Container.PortReference
    ) throws -> HTTPExchange {
        try HTTPExchange(
            host: self.host(question, host), port: number(question, port), timeout: question.probe.timeout)
    }

    private func host(_ question: ProbeQuestion, _ given: String?) throws -> String {
        guard let host = given ?? question.address else { throw NoAddress() }
        return host
    }

    private func number(_ question: ProbeQuestion, _ port: Pod.Container.PortReference) throws -> UInt16 {
        guard let number = question.container.resolve(port) else { throw NoPort(port: port) }
        return number
    }

    private func connect(_ exchange: HTTPExchange) async throws -> ProbeAnswer {
        do {
            try await within(exchange.timeout) { try await exchange.connect() }
            return ProbeAnswer(.success)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return ProbeAnswer(.failure, dialFailure(error, exchange))
        }
    }

    // MARK: HTTP

    /// Follows redirects to the same name, ten at most. Source: kubernetes `pkg/probe/http`, RedirectChecker.
    private func answer(to first: HTTPProbeRequest, timeout: Duration) async throws -> ProbeAnswer {
        var request = first
        for _ in 0..<10 {
            let response = try await send(request, timeout: timeout)
            let body = String(decoding: response.body, as: UTF8.self)
            switch response.status {
            case 200..<300: return ProbeAnswer(.success, body)
            case 300..<400:
                guard let next = request.redirected(response), next.host == first.host else {
                    return ProbeAnswer(.warning, "Probe terminated redirects, Response body: \(body)")
                }
                request = next
            default: return ProbeAnswer(.failure, "HTTP probe failed with statuscode: \(response.status)")
            }
        }
        throw HTTPFailure(url: request.url, reason: "stopped after 10 redirects")
    }

    private func send(_ request: HTTPProbeRequest, timeout: Duration) async throws -> HTTPExchange.Response {
        let exchange = HTTPExchange(host: request.host, port: request.port, timeout: timeout)
        do {
            return try await exchange.send(
                request.head, tls: request.scheme == .https ? Self.trustingTLS.get() : nil,
                bodyLimit: Self.outputLimit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw HTTPFailure(url: request.url, reason: dialFailure(error, exchange))
        }
    }
}

/// What went wrong while an URL was asked, as Go's client says it.
struct HTTPFailure: Error, CustomStringConvertible {
    let url: String
    let reason: String
    var description: String { "Get \"\(url)\": \(reason)" }
}

struct TimeIsOver: Error {}

struct NoNetworkProbe: Error, CustomStringConvertible {
    var description: String { "a command is not asked over the network" }
}

struct NoAddress: Error, CustomStringConvertible {
    var description: String { "the pod has no address" }
}

struct NoPort: Error, CustomStringConvertible {
    let port: Pod.Container.PortReference
    var description: String {
        switch port {
        case .name(let name): "couldn't find port: \"\(name)\" in the container's ports"
        case .number(let number): "invalid port number: \(number)"
        }
    }
}

/// Source: Go's `net`: `dial tcp 10.0.0.1:80: connect: connection refused`.
func dialFailure(_ error: any Error, _ exchange: HTTPExchange) -> String {
    let place = address(exchange.host, exchange.port)
    switch error {
    case let error as ConnectFailure: return dialFailure(error.cause, exchange)
    case let error as NIOConnectionError:
        if let first = error.connectionErrors.first { return dialFailure(first.error, exchange) }
        return "dial tcp: lookup \(exchange.host): no such host"
    case let error as IOError where error.errnoCode == Errno.connectionReset.rawValue:
        return "read tcp \(place): read: connection reset by peer"
    case let error as IOError:
        return "dial tcp \(place): connect: \(Errno(rawValue: error.errnoCode).description.lowercased())"
    case ChannelError.connectTimeout, is TimeIsOver: return "dial tcp \(place): i/o timeout"
    default: return "\(error)"
    }
}

/// With brackets around an IPv6 address.
func address(_ host: String, _ port: UInt16) -> String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

/// Runs `body`, and gives up when its time is over.
func within<R: Sendable>(_ time: Duration, _ body: @escaping @Sendable () async throws -> R) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: time)
            throw TimeIsOver()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TimeIsOver() }
        return first
    }
}
