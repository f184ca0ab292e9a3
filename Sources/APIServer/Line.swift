import AsyncHTTPClient
import NIOCore

extension APIClient {
    /// Connections of one identity: questions on one, watches, which stay open, on another.
    final class Line: Sendable {
        let server: String
        let identity: Identity
        let requests: HTTPClient
        let watches: HTTPClient

        init(_ server: String, _ identity: Identity) throws {
            self.server = server
            self.identity = identity
            var configuration = try Self.configuration(server, identity)
            requests = HTTPClient(configuration: configuration)
            // The server ends a watch in time; one that says nothing for longer is dead.
            configuration.timeout.read = .seconds(Int64(APIClient.longestWatch) + 60)
            // A connection each: over one of HTTP/2 a server lets only so many go on, and the rest would wait.
            configuration.httpVersion = .http1Only
            watches = HTTPClient(configuration: configuration)
        }

        func close() async {
            try? await requests.shutdown()
            try? await watches.shutdown()
        }

        private static func configuration(_ server: String, _ identity: Identity) throws -> HTTPClient.Configuration {
            var configuration = HTTPClient.Configuration(tlsConfiguration: try identity.tlsConfiguration())
            configuration.timeout.connect = .seconds(10)
            configuration.redirectConfiguration = .disallow
            // Servers without HTTP/2 take a connection for each watch.
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
            configuration.connectionPool.retryConnectionEstablishment = false
            if let name = identity.serverName, let host = URLParts(server)?.host {
                configuration.dnsOverride = [name: host]
            }
            configuration.http1_1ConnectionDebugInitializer = { keepAlive($0) }
            configuration.http2ConnectionDebugInitializer = { keepAlive($0) }
            return configuration
        }
    }
}

/// A peer that is gone without a word is noticed: half a minute without an answer ends a connection.
///
/// Source: tcp(7): TCP_KEEPIDLE 4, TCP_KEEPINTVL 5, TCP_KEEPCNT 6, TCP_USER_TIMEOUT 18 (milliseconds).
private func keepAlive(_ channel: any Channel) -> EventLoopFuture<Void> {
    let settings: [(CInt, Int)] = [(4, 15), (5, 5), (6, 3), (18, 30_000)]
    let basic = channel.setOption(.socketOption(.so_keepalive), value: 1)
    let rest = settings.map { name, value in channel.setOption(.tcpOption(.init(rawValue: name)), value: value) }
    return EventLoopFuture.andAllComplete([basic] + rest, on: channel.eventLoop)
}

/// The parts of a server's address.
struct URLParts: Equatable {
    var scheme: String
    var host: String
    /// With its colon; empty where there is none.
    var port: String
    var path: String

    init?(_ url: String) {
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        scheme = String(url[..<colon])
        let rest = url[colon...].dropFirst(3)
        let authority = rest.prefix { $0 != "/" }
        path = String(rest.dropFirst(authority.count))
        let isBracketed = authority.hasPrefix("[")
        let end =
            isBracketed ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.lastIndex(of: ":")
        host = String(authority[..<(end ?? authority.endIndex)].drop { $0 == "[" }.prefix { $0 != "]" })
        port = end.map { String(authority[$0...]) } ?? ""
    }

    func url(host: String) -> String { "\(scheme)://\(host.contains(":") ? "[\(host)]" : host)\(port)\(path)" }
}
