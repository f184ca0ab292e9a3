import Crypto
import Logging
import NIOHTTP1

/// Decides whether a request is answered: who asks, and whether he may.
///
/// Source: facts of kubelet, §11.5; the texts are `pkg/kubelet/server/server.go`'s.
struct AccessGuard: Sendable {
    let settings: KubeletAPISettings
    let control: KubeletControl
    let authority: ClientAuthority?
    private let tokens = Remembered<[UInt8], User?>()
    private let verdicts = Remembered<AccessReview, Bool>()

    init(_ settings: KubeletAPISettings, _ control: KubeletControl) {
        self.settings = settings
        self.control = control
        authority = settings.clientCAFile.map { ClientAuthority(file: $0) }
    }

    /// Returns for whoever may ask this; everybody else is refused.
    func admit(_ request: Request, from peer: PeerCertificates) async throws {
        guard let user = await user(of: request, peer) else { throw Refusal(.unauthorized, "Unauthorized") }
        let reviews = AccessReview.reviews(of: request, by: user, node: settings.node)
        for review in reviews where try await allows(review) { return }
        let subresources = reviews.map(\.subresource).joined(separator: " ")
        throw Refusal(
            .forbidden,
            "Forbidden (user=\(user.name), verb=\(reviews[0].verb), resource=nodes, subresource(s)=[\(subresources)])")
    }

    /// `nil`: nobody knows who asks. Credentials that prove wrong do not make an anonymous user.
    private func user(of request: Request, _ peer: PeerCertificates) async -> User? {
        var isWrong = false
        if let authority, let chain = await peer.chain() {
            do {
                return try await authority.user(of: chain).authenticated
            } catch {
                Logger.current.debug("Client certificate is not taken", metadata: ["error": "\(error)"])
                isWrong = true
            }
        }
        if let token = request.bearerToken, settings.tokenTTL != nil, control.authenticate != nil {
            do {
                if let user = try await self.user(withToken: token) { return user.authenticated }
            } catch {
                Logger.current.error("Token cannot be looked at", metadata: ["error": "\(error)"])
            }
            isWrong = true
        }
        return settings.allowsAnonymous && !isWrong ? .anonymous : nil
    }

    private func user(withToken token: String) async throws -> User? {
        guard let ttl = settings.tokenTTL, let authenticate = control.authenticate else { return nil }
        let key = Array(SHA256.hash(data: Array(token.utf8)))
        return try await tokens.value(of: key, lifetime: { _ in ttl }) { try await authenticate(token) }
    }

    private func allows(_ review: AccessReview) async throws -> Bool {
        guard case .webhook(let authorized, let unauthorized) = settings.authorization else { return true }
        do {
            guard let ask = control.review else { throw NoAPIServer() }
            return try await verdicts.value(of: review, lifetime: { $0 ? authorized : unauthorized }) {
                try await ask(review)
            }
        } catch {
            Logger.current.error(
                "Authorization failed", metadata: ["user": "\(review.user.name)", "error": "\(error)"])
            throw Refusal(
                .internalServerError,
                "Authorization error (user=\(review.user.name), verb=\(review.verb), resource=nodes, "
                    + "subresource=\(review.subresource))")
        }
    }
}

struct NoAPIServer: Error, CustomStringConvertible {
    var description: String { "there is no API server to ask" }
}

extension Request {
    private static let tokenProtocol = "base64url.bearer.authorization.k8s.io."

    /// From `Authorization`, or from the WebSocket protocol that browsers hide it in.
    ///
    /// Source: kubernetes `apiserver/pkg/authentication/request/websocket`.
    var bearerToken: String? {
        if let header = headers.first(name: "Authorization") {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
            let token = parts[1].drop { $0 == " " }
            return token.isEmpty ? nil : String(token)
        }
        let hidden = headers[canonicalForm: "Sec-WebSocket-Protocol"].first { $0.hasPrefix(Self.tokenProtocol) }
        guard let hidden, let bytes = base64URLDecoded(hidden.dropFirst(Self.tokenProtocol.count)) else { return nil }
        return String(validating: bytes, as: UTF8.self).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What a WebSocket client offers to speak, without what is a token.
    var webSocketProtocols: [String] {
        headers[canonicalForm: "Sec-WebSocket-Protocol"].map(String.init).filter { !$0.hasPrefix(Self.tokenProtocol) }
    }
}

/// Answers that hold for a while, so many at most.
private actor Remembered<Key: Hashable & Sendable, Value: Sendable> {
    private struct Entry {
        let value: Value
        let end: ContinuousClock.Instant
    }

    private static var limit: Int { 4096 }
    private var entries: [Key: Entry] = [:]

    func value(
        of key: Key, lifetime: @Sendable (Value) -> Duration, _ ask: @Sendable () async throws -> Value
    ) async throws -> Value {
        if let entry = entries[key], entry.end > .now { return entry.value }
        let value = try await ask()
        if entries.count >= Self.limit { entries = entries.filter { $0.value.end > .now } }
        // Whoever asks with ever new names shall not fill the memory.
        if entries.count >= Self.limit { entries = [:] }
        entries[key] = Entry(value: value, end: .now + lifetime(value))
        return value
    }
}
