import FoundationEssentials
import NIOHTTP1
import NIOSSL
import Pods

/// One request of an HTTP probe. Source: kubernetes `pkg/probe/http/request.go`.
struct HTTPProbeRequest: Sendable {
    var scheme: Pod.Container.HTTPProbe.Scheme
    var host: String
    var port: UInt16
    /// Path and query, ready to be sent.
    var target: String
    /// All that are sent.
    var headers: HTTPHeaders

    var url: String { "\(scheme.rawValue)://\(address(host, port))\(target)" }

    init(_ get: Pod.Container.HTTPProbe, host: String, port: UInt16, userAgent: String) {
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
            let scheme = url.scheme.flatMap({ Pod.Container.HTTPProbe.Scheme(rawValue: $0.lowercased()) }),
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

extension NetworkProbe {
    /// Any certificate is taken: a probe asks whether there is an answer, not from whom.
    static let trustingTLS: Result<NIOSSLContext, any Error> = Result {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLContext(configuration: configuration)
    }
}
