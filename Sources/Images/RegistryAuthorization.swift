import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Learns from a registry's refusals what to show it, for one repository.
///
/// Source: distribution, docs/spec/auth/token.md and oauth.md.
actor RegistryAuthorization {
    private let client: HTTPClient
    private let repository: String
    private let credentials: [RegistryCredential]
    private let timeout: Duration
    private var headers: [String: String] = [:]
    /// The next credential to try, by host.
    private var position: [String: Int] = [:]

    init(client: HTTPClient, repository: String, credentials: [RegistryCredential], timeout: Duration) {
        self.client = client
        self.repository = repository
        self.credentials = credentials
        self.timeout = timeout
    }

    func header(for host: RegistryHost) -> String? { headers[host.base] }

    /// Takes a refusal. - Returns: Whether there is now something else to show.
    func answer(
        _ challenges: [RegistryChallenge], from host: RegistryHost, refused: String?
    ) async throws -> Bool {
        // Another layer of the same image was refused as well, and has an answer already.
        if let known = headers[host.base], known != refused { return true }
        headers[host.base] = nil
        let next = position[host.base] ?? 0
        // A mirror is somebody else: it gets no credentials of the registry that it stands in for.
        let usable = host.isMirror ? [] : credentials
        // Nothing was shown yet, or a token ran out, which a fresh one mends; then the next credential.
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            guard next <= usable.count else { return false }
            position[host.base] = next + 1
            let credential = next < usable.count ? usable[next] : nil
            headers[host.base] = try await token(bearer, credential, host).map { "Bearer \($0)" }
            if headers[host.base] == nil && next < usable.count {
                return try await answer(challenges, from: host, refused: refused)
            }
            return headers[host.base] != nil
        }
        guard challenges.contains(where: { $0.scheme == "basic" }), next < usable.count else { return false }
        position[host.base] = next + 1
        headers[host.base] = usable[next].basic
        return true
    }

    private struct Reply: Decodable {
        var token: String?
        var accessToken: String?

        private enum CodingKeys: String, CodingKey {
            case token
            case accessToken = "access_token"
        }
    }

    /// `nil` if the token service refuses.
    private func token(
        _ challenge: RegistryChallenge, _ credential: RegistryCredential?, _ host: RegistryHost
    ) async throws -> String? {
        if let token = credential?.registryToken { return token }
        guard let realm = challenge.parameters["realm"], let url = URL(string: realm), let scheme = url.scheme else {
            throw ImageError.unavailable(registry: host.name, "its challenge names no token service")
        }
        let home = URL(string: host.base)
        guard scheme == "https" || (url.host == home?.host && home?.scheme == "http") else {
            throw ImageError.unavailable(registry: host.name, "its token service \(realm.oneLine) is not encrypted")
        }
        var scopes: Set = ["repository:\(repository):pull"]
        if let asked = challenge.parameters["scope"] { scopes.formUnion(asked.split(separator: " ").map(String.init)) }
        var fields = [("service", challenge.parameters["service"] ?? "")]
        fields.removeAll { $0.1.isEmpty }
        if let credential {
            let form =
                fields + [("scope", scopes.sorted().joined(separator: " ")), ("client_id", "swiftlet")]
                + (credential.identityToken.map { [("grant_type", "refresh_token"), ("refresh_token", $0)] }
                    ?? [
                        ("grant_type", "password"), ("username", credential.username),
                        ("password", credential.password),
                    ])
            if let token = try await post(url, form, host) { return token }
            if credential.identityToken != nil { return nil }
        }
        let query = (fields + scopes.sorted().map { ("scope", $0) }).map { "\($0.0)=\($0.1.formEncoded)" }
        var request = HTTPClientRequest(
            url: realm + (realm.contains("?") ? "&" : "?") + query.joined(separator: "&"))
        if let credential { request.headers.add(name: "Authorization", value: credential.basic) }
        return try await ask(request, url, host)
    }

    /// `nil` if the service knows no POST, or refuses: then GET may do.
    private func post(_ url: URL, _ form: [(String, String)], _ host: RegistryHost) async throws -> String? {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.body = .bytes(ByteBuffer(string: form.map { "\($0.0)=\($0.1.formEncoded)" }.joined(separator: "&")))
        return try await ask(request, url, host)
    }

    private func ask(_ request: HTTPClientRequest, _ url: URL, _ host: RegistryHost) async throws -> String? {
        var request = request
        request.headers.add(name: "User-Agent", value: "swiftlet")
        request.tlsConfiguration = RegistryClient.trust(host, isHome: url.host == URL(string: host.base)?.host)
        do {
            let response = try await client.execute(request, deadline: .now() + TimeAmount(timeout))
            if [500, 502, 503, 504, 429].contains(response.status.code) {
                throw ImageError.unavailable(registry: host.name, "its token service answers \(response.status.code)")
            }
            guard response.status == .ok else { return nil }
            let bytes = try await response.body.collect(upTo: 1 << 20)
            let reply = try JSONDecoder().decode(Reply.self, from: Data(bytes.readableBytesView))
            return reply.token ?? reply.accessToken
        } catch let error as DecodingError {
            throw ImageError.unavailable(registry: host.name, "its token service answers rubbish: \(error)".oneLine)
        } catch {
            throw RegistryClient.explain(error, host)
        }
    }
}

extension String {
    /// As a value of a form or a query.
    fileprivate var formEncoded: String {
        let digits = Array("0123456789ABCDEF")
        return utf8.map { byte in
            let isPlain = byte.isAlphanumericASCII || "-._~".utf8.contains(byte)
            return isPlain
                ? String(UnicodeScalar(byte)) : "%" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        }.joined()
    }
}

extension UInt8 {
    fileprivate var isAlphanumericASCII: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5a).contains(self) || (0x61...0x7a).contains(self)
    }
}
