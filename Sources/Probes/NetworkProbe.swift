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
            let request = try HTTPRequest(
                get, host: host(question, get.host), port: question.container.resolve(get.port), userAgent: userAgent)
            do {
                return try await Self.answer(request.send(within: timeout))
            } catch let failure as HTTPFailure {
                return ProbeAnswer(.failure, failure.description)
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
            host: self.host(question, host), port: question.container.resolve(port), timeout: question.probe.timeout)
    }

    private func host(_ question: ProbeQuestion, _ given: String?) throws -> String {
        guard let host = given ?? question.address else { throw NoAddress() }
        return host
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

    private static func answer(_ response: HTTPExchange.Response) -> ProbeAnswer {
        let body = String(decoding: response.body, as: UTF8.self)
        return switch response.status {
        case 200..<300: ProbeAnswer(.success, body)
        case 300..<400: ProbeAnswer(.warning, "Probe terminated redirects, Response body: \(body)")
        default: ProbeAnswer(.failure, "HTTP probe failed with statuscode: \(response.status)")
        }
    }
}

struct TimeIsOver: Error {}

struct NoNetworkProbe: Error, CustomStringConvertible {
    var description: String { "a command is not asked over the network" }
}

struct NoAddress: Error, CustomStringConvertible {
    var description: String { "the pod has no address" }
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
