import NIOHTTP1
import Pods

/// gRPC's health protocol, as much of it as a probe needs: one message of one text, answered by one number.
///
/// Source: `grpc/health/v1/health.proto`; gRPC over HTTP/2, "Length-Prefixed-Message"; words: kubernetes
/// `pkg/probe/grpc`.
extension NetworkProbe {
    func health(of service: String, _ exchange: HTTPExchange) async throws -> ProbeAnswer {
        let place = address(exchange.host, exchange.port)
        do {
            let response = try await within(exchange.timeout) {
                try await exchange.sendHTTP2(
                    healthCheck(at: place), body: GRPCHealth.request(service), bodyLimit: Self.outputLimit)
            }
            return GRPCHealth.verdict(response)
        } catch is CancellationError {
            throw CancellationError()
        } catch is TimeIsOver {
            return ProbeAnswer(.failure, "timeout: health rpc did not complete within \(exchange.timeout.seconds)")
        } catch let failure as ConnectFailure {
            // A server that is not there is told from one that does not answer.
            let cause = dialFailure(failure, exchange)
            guard failure.isTimeout else {
                return ProbeAnswer(.failure, "error: failed to connect service at \"\(place)\": \(cause)")
            }
            return ProbeAnswer(
                .failure,
                "timeout: failed to connect service \"\(place)\" within \(exchange.timeout.seconds): \(cause)")
        } catch {
            return ProbeAnswer(.failure, "error: health rpc probe failed: \(dialFailure(error, exchange))")
        }
    }

    private func healthCheck(at place: String) -> HTTPRequestHead {
        HTTPRequestHead(
            version: .http2, method: .POST, uri: "/grpc.health.v1.Health/Check",
            headers: [
                "host": place, "content-type": "application/grpc", "te": "trailers", "user-agent": userAgent,
            ])
    }
}

/// The messages of `grpc.health.v1.Health/Check`.
enum GRPCHealth {
    /// `HealthCheckRequest { string service = 1; }`, behind the prefix of every message: not compressed, its length.
    static func request(_ service: String) -> [UInt8] {
        var message: [UInt8] = []
        if !service.isEmpty { message = [0x0A] + varint(service.utf8.count) + Array(service.utf8) }
        let length = UInt32(message.count)
        return [0] + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> UInt32($0)) }
            + message
    }

    static func verdict(_ response: HTTPExchange.Response) -> ProbeAnswer {
        func field(_ name: String) -> String? {
            response.trailers.first(name: name) ?? response.headers.first(name: name)
        }
        guard response.status == 200, let code = field("grpc-status").flatMap(Int.init) else {
            return ProbeAnswer(
                .failure, "error: health rpc probe failed: unexpected HTTP status code \(response.status)")
        }
        let message = field("grpc-message") ?? ""
        switch code {
        case 0: break
        // UNIMPLEMENTED.
        case 12:
            return ProbeAnswer(
                .failure,
                "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): \(message)")
        default: return ProbeAnswer(.failure, "error: health rpc probe failed: code \(code): \(message)")
        }
        let status = status(response.body)
        return status == 1
            ? ProbeAnswer(.success, "service healthy")
            : ProbeAnswer(.failure, "service unhealthy (responded with \"\(name(of: status))\")")
    }

    /// `HealthCheckResponse { ServingStatus status = 1; }`; absent: 0.
    static func status(_ body: [UInt8]) -> Int {
        let message = body.dropFirst(5)
        guard let key = message.firstIndex(of: 0x08), key == message.startIndex, message.count >= 2 else { return 0 }
        return Int(message[key + 1])
    }

    private static func name(of status: Int) -> String {
        switch status {
        case 0: "UNKNOWN"
        case 2: "NOT_SERVING"
        case 3: "SERVICE_UNKNOWN"
        default: "\(status)"
        }
    }

    private static func varint(_ number: Int) -> [UInt8] {
        var (rest, bytes) = (number, [UInt8]())
        while rest >= 128 {
            bytes.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
