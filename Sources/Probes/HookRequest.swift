import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOSSL
package import Pods

/// One request of a hook. Whatever the server answers is success; that none comes is failure.
///
/// Source: facts of kubelet, §3.7: certificates are not checked, redirects are followed on the same host, and a server
/// that does not speak TLS is asked in plain words.
package struct HookRequest {
    private let request: Pod.Container.HTTPGet
    private let host: String
    private let port: UInt16

    package init(_ request: Pod.Container.HTTPGet, host: String, port: UInt16) {
        self.request = request
        self.host = host
        self.port = port
    }

    /// Whether a server that should speak TLS did not.
    package func send() async throws -> Bool {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        var settings = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        settings.timeout = .init(connect: .seconds(30), read: .seconds(30))
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            let fellBack = try await send(by: http)
            try await http.shutdown()
            return fellBack
        } catch {
            // The first error counts.
            try? await http.shutdown()
            throw error
        }
    }

    private func send(by http: HTTPClient) async throws -> Bool {
        do {
            try await follow(url(scheme: request.scheme), by: http, isPlain: false)
            return false
        } catch let error as NIOSSLError {
            guard request.scheme == "https" else { throw error }
            try await follow(url(scheme: "http"), by: http, isPlain: true)
            return true
        }
    }

    private func url(scheme: String) -> String {
        let path = request.path.hasPrefix("/") ? request.path : "/\(request.path)"
        return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
    }

    /// - Parameter isPlain: what was meant for an encrypted connection stays behind.
    private func follow(_ first: String, by http: HTTPClient, isPlain: Bool) async throws {
        var url = first
        for _ in 0...10 {
            var asked = HTTPClientRequest(url: url)
            asked.headers.add(name: "User-Agent", value: "kube-lifecycle/1.36")
            for header in request.headers where !(isPlain && header.name.lowercased() == "authorization") {
                if header.name.lowercased() == "user-agent" { asked.headers.remove(name: "User-Agent") }
                if header.name.lowercased() == "host" { asked.headers.remove(name: "Host") }
                asked.headers.add(name: header.name, value: header.value)
            }
            let response = try await http.execute(asked, timeout: .minutes(10))
            guard (300..<400).contains(response.status.code),
                let location = response.headers.first(name: "Location"),
                let next = URL(string: location, relativeTo: URL(string: url)), next.host() == URL(string: url)?.host()
            else { return }
            url = next.absoluteString
        }
        throw TooManyRedirects()
    }

    private struct TooManyRedirects: Error, CustomStringConvertible {
        var description: String { "stopped after 10 redirects" }
    }
}
