import NIOHTTP1
package import Pods

/// One request of a hook. Whatever the server answers is success; that none comes is failure.
///
/// Source: facts of kubelet, §3.7: certificates are not checked, redirects are followed on the same host, and a server
/// that does not speak TLS is asked in plain words.
package struct HookRequest: Sendable {
    private let request: HTTPRequest

    package init(_ get: Pod.Container.HTTPGet, host: String, port: UInt16, version: String) {
        request = HTTPRequest(get, host: host, port: port, userAgent: "kube-lifecycle/\(version)")
    }

    /// Whether a server that should speak TLS did not.
    package func send() async throws -> Bool {
        do {
            try await send(request)
            return false
        } catch let failure as HTTPFailure where failure.isOfTLS {
            var plain = request
            plain.scheme = .http
            // What was meant for an encrypted connection stays behind.
            plain.headers.remove(name: "Authorization")
            try await send(plain)
            return true
        }
    }

    private func send(_ request: HTTPRequest) async throws {
        _ = try await request.send(within: .seconds(600), connectingWithin: .seconds(30))
    }
}
