import FoundationEssentials
import NIOHTTP1
import NIOSSL
import Pods

/// One request of the node's to a container: a probe's, or a hook's. Source: kubernetes `pkg/probe/http/request.go`.
struct HTTPRequest: Sendable {
    var scheme: Pod.Container.HTTPGet.Scheme
    var host: String
    var port: UInt16
    /// Path and query, ready to be sent.
    var target: String
    /// All that are sent.
    var headers: HTTPHeaders

    var url: String { "\(scheme.rawValue)://\(address(host, port))\(target)" }

    init(_ get: Pod.Container.HTTPGet, host: String, port: UInt16, userAgent: String) {
        scheme = get.scheme
        self.host = host
        self.port = port
        target = Self.target(get.path)
        headers = HTTPHeaders(get.headers.map { ($0.name, $0.value) })
        if !headers.contains(name: "Host") { headers.add(name: "Host", value: address(host, port)) }
        if !headers.contains(name: "User-Agent") { headers.add(name: "User-Agent", value: userAgent) }
        if !headers.contains(name: "Accept") {
            headers.add(name: "Accept", value: "*/*")
        } else if headers.first(name: "Accept")?.isEmpty ?? true {
            headers.remove(name: "Accept")
        }
        headers.replaceOrAdd(name: "Connection", value: "close")
    }

    var head: HTTPRequestHead { HTTPRequestHead(version: .http1_1, method: .GET, uri: target, headers: headers) }

    /// Path and query as a request line may hold them: what it may not is written as `%XX`.
    static func target(_ path: String) -> String {
        let path = path.prefix { $0 != "#" }
        var target = path.hasPrefix("/") ? "" : "/"
        for byte in path.utf8 {
            if byte <= 32 || byte >= 127 || "\"<>\\^`{|}".utf8.contains(byte) {
                target += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            } else {
                target.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return target
    }

    /// The request that the answer sends the client on to; nil if it is none that a client follows.
    func redirected(_ response: HTTPExchange.Response) -> Self? {
        guard [301, 302, 303, 307, 308].contains(response.status),
            let location = response.headers.first(name: "Location"),
            let url = URL(string: location, relativeTo: URL(string: self.url))?.absoluteURL,
            let scheme = url.scheme.flatMap({ Pod.Container.HTTPGet.Scheme(rawValue: $0.lowercased()) }),
            let host = url.host(percentEncoded: false)
        else { return nil }
        var next = self
        next.scheme = scheme
        next.host = host.trimmingPrefix("[").hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        next.port = url.port.flatMap(UInt16.init(exactly:)) ?? (scheme == .https ? 443 : 80)
        next.target = Self.target(
            url.path(percentEncoded: true) + (url.query(percentEncoded: true).map { "?\($0)" } ?? ""))
        // A name that the probe gave stays for a place that names none. Source: Go's `net/http`, Client.do.
        if headers.first(name: "Host") == address(self.host, self.port) || URL(string: location)?.host() != nil {
            next.headers.replaceOrAdd(name: "Host", value: address(next.host, next.port))
        }
        return next
    }
}

extension HTTPRequest {
    /// Sends it, and follows redirects to the same name, ten requests at most: an answer that leads to another is the last.
    ///
    /// Source: kubernetes `pkg/probe/http`, RedirectChecker.
    func send(within limit: Duration, connectingWithin timeout: Duration? = nil) async throws -> HTTPExchange.Response {
        do {
            return try await within(limit) { try await follow(connectingWithin: timeout ?? limit) }
        } catch is TimeIsOver {
            throw HTTPFailure(
                url: url, reason: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
        }
    }

    private func follow(connectingWithin timeout: Duration) async throws -> HTTPExchange.Response {
        var request = self
        for _ in 0..<10 {
            let response = try await request.exchange(connectingWithin: timeout)
            guard let next = request.redirected(response), next.host == host else { return response }
            request = next
        }
        throw HTTPFailure(url: request.url, reason: "stopped after 10 redirects")
    }

    private func exchange(connectingWithin timeout: Duration) async throws -> HTTPExchange.Response {
        let exchange = HTTPExchange(host: host, port: port, timeout: timeout)
        do {
            return try await exchange.send(
                head, tls: scheme == .https ? Self.trustingTLS.get() : nil, bodyLimit: NetworkProbe.outputLimit)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw HTTPFailure(url: url, reason: dialFailure(error, exchange), isOfTLS: error is NIOSSLError)
        }
    }

    /// Any certificate is taken: it is asked whether there is an answer, not from whom.
    private static let trustingTLS: Result<NIOSSLContext, any Error> = Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}

/// What went wrong while an URL was asked, as Go's client says it.
struct HTTPFailure: Error, CustomStringConvertible {
    let url: String
    let reason: String
    /// The other side does not speak TLS as it should, or not at all.
    var isOfTLS = false
    var description: String { "Get \"\(url)\": \(reason)" }
}
