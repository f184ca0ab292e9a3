import AsyncHTTPClient
import FoundationEssentials
import Linux
import NIOCore
import NIOHTTP1
import NIOSSL
import OCI
import SystemPackage

/// Asks one registry, by its mirrors and itself, about one repository.
///
/// Lives as long as one pull: so does its connection pool, and what it has learnt about authorization.
struct RegistryClient: Sendable {
    let client: HTTPClient
    let reference: ImageReference
    let hosts: [RegistryHost]
    let configuration: RegistryConfiguration
    let authorization: RegistryAuthorization

    /// Runs `body` with a client that is shut down behind it.
    nonisolated(nonsending) static func with<R>(
        _ reference: ImageReference, _ configuration: RegistryConfiguration, for puller: Puller,
        _ body: (RegistryClient) async throws -> R
    ) async throws -> R {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: TimeAmount(configuration.connectTimeout), read: TimeAmount(configuration.progressTimeout)))
        settings.httpVersion = .http1Only
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            var hosts: [RegistryHost] = []
            for host in try configuration.hosts(of: reference.domain) {
                hosts.append(host.mayBeEncrypted ? try await settle(host, http, configuration) : host)
            }
            let registry = RegistryClient(
                client: http, reference: reference, hosts: hosts,
                configuration: configuration,
                authorization: RegistryAuthorization(
                    client: http, repository: reference.path,
                    credentials: try await configuration.credentials(
                        for: reference.domain, repository: reference.path, puller: puller),
                    timeout: configuration.progressTimeout))
            let result = try await body(registry)
            try await http.shutdown()
            return result
        } catch {
            // The first error counts; a pool that cannot be shut down is left to its event loop.
            try? await http.shutdown()
            throw error
        }
    }

    /// Asks in plain words first: a server that speaks TLS refuses them at once, while one that does not may wait for
    /// the rest of what it takes for a request.
    private nonisolated(nonsending) static func settle(
        _ host: RegistryHost, _ http: HTTPClient, _ configuration: RegistryConfiguration
    ) async throws -> RegistryHost {
        let patience = min(configuration.progressTimeout, .seconds(5))
        do {
            let request = HTTPClientRequest(url: host.base + "/")
            let response = try await http.execute(request, deadline: .now() + TimeAmount(patience))
            return response.status == .badRequest ? host.encrypted : host
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            return host
        } catch {
            if explain(error, host) is CancellationError { throw CancellationError() }
            return host.encrypted
        }
    }

    /// A request below the repository: `manifests/latest`.
    struct Request: Sendable {
        var method = HTTPMethod.GET
        var path: String
        var accept: [String] = []
        var offset: Int64 = 0
        /// Whether it may take as long as bytes keep coming.
        var isLong = false
    }

    /// Sends a request to one host: with authorization where asked for, through redirects, again where that may help.
    func send(_ request: Request, to host: RegistryHost) async throws -> HTTPClientResponse {
        var attempt = 0
        while true {
            attempt += 1
            let response: HTTPClientResponse
            do {
                response = try await sendOnce(request, to: host)
            } catch {
                guard attempt < 3, Self.isTransient(error) else { throw Self.explain(error, host) }
                try await Task.sleep(for: .milliseconds(50 * attempt))
                continue
            }
            let status = Int(response.status.code)
            guard [408, 429, 500, 502, 503, 504].contains(status), attempt < 4 else { return response }
            let wish = response.headers.first(name: "Retry-After").flatMap { Double($0) }
            try await Task.sleep(for: wish.map { .seconds(min($0, 30)) } ?? .milliseconds(100 << attempt))
        }
    }

    private func sendOnce(_ request: Request, to host: RegistryHost) async throws -> HTTPClientResponse {
        let query = host.isMirror ? "?ns=\(reference.domain)" : ""
        let url = "\(host.base)/\(reference.path)/\(request.path)\(query)"
        var tries = 0
        while true {
            let shown = await authorization.header(for: host)
            let response = try await follow(url, request, host, authorization: shown)
            guard response.status == .unauthorized, tries < 4 else { return response }
            tries += 1
            let challenges = response.headers["WWW-Authenticate"]
            guard
                try await authorization.answer(challenges.flatMap(RegistryChallenge.parse), from: host, refused: shown)
            else { return response }
        }
    }

    /// Authorization goes to the registry alone, never to where it redirects.
    private func follow(
        _ start: String, _ request: Request, _ host: RegistryHost, authorization: String?
    ) async throws -> HTTPClientResponse {
        guard var url = URL(string: start) else { throw ImageError.configuration("\(start) is no URL") }
        let origin = Self.origin(url)
        for _ in 0...10 {
            let isHome = Self.origin(url) == origin
            var message = HTTPClientRequest(url: url.absoluteString)
            message.method = request.method
            if !request.accept.isEmpty {
                message.headers.add(name: "Accept", value: request.accept.joined(separator: ", "))
            }
            message.headers.add(name: "Accept-Encoding", value: "identity")
            message.headers.add(name: "User-Agent", value: "swiftlet")
            if request.offset > 0 { message.headers.add(name: "Range", value: "bytes=\(request.offset)-") }
            if isHome, let authorization { message.headers.add(name: "Authorization", value: authorization) }
            message.tlsConfiguration = Self.trust(host, isHome: isHome)
            let deadline: NIODeadline =
                request.isLong ? .distantFuture : .now() + TimeAmount(configuration.progressTimeout)
            let response = try await client.execute(message, deadline: deadline)
            guard [301, 302, 303, 307, 308].contains(response.status.code) else { return response }
            guard let location = response.headers.first(name: "Location"),
                let next = URL(string: location, relativeTo: url)?.absoluteURL, let scheme = next.scheme?.lowercased(),
                scheme == "https" || (scheme == "http" && url.scheme == "http")
            else { throw ImageError.unavailable(registry: host.name, "a redirect to nowhere, or from https to http") }
            url = next
        }
        throw ImageError.unavailable(registry: host.name, "more than 10 redirects")
    }

    private static func origin(_ url: URL) -> String {
        let scheme = url.scheme?.lowercased() ?? ""
        return "\(scheme)://\(url.host?.lowercased() ?? ""):\(url.port ?? (scheme == "https" ? 443 : 80))"
    }

    static func trust(_ host: RegistryHost, isHome: Bool) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.additionalTrustRoots = host.authorities.map { .file($0.string) }
        if host.skipVerify && isHome { tls.certificateVerification = .none }
        return tls
    }

    /// Whether the connection broke, rather than the registry being silent: then at once is a good time to try again.
    static func isTransient(_ error: any Error) -> Bool {
        if error is ImageError || error is CancellationError { return false }
        if let error = error as? HTTPClientError {
            return error == .remoteConnectionClosed || error == .writeTimeout
        }
        return error is IOError || error is ChannelError
    }

    static func explain(_ error: any Error, _ host: RegistryHost) -> any Error {
        switch error {
        case is ImageError, is CancellationError: return error
        // Not the registry's fault, but this machine's.
        case is SyscallError, is Errno: return ImageError.from(error, "download from \(host.name)")
        case let error as HTTPClientError where error == .cancelled: return CancellationError()
        case let error as HTTPClientError
        where error == .readTimeout || error == .deadlineExceeded || error == .connectTimeout:
            return ImageError.unavailable(registry: host.name, "it does not answer (\(error.shortDescription))")
        case let error as HTTPClientError: return ImageError.unavailable(registry: host.name, error.shortDescription)
        default:
            let text = "\(error)"
            // BoringSSL's own words name the file of its source where it noticed.
            let tls = text.split(separator: "OPENSSL_internal:").dropFirst().first?.prefix { $0 != " " }
            let words = tls.map { $0 == "CERTIFICATE_VERIFY_FAILED" ? "its certificate is not trusted" : "TLS: \($0)" }
            return ImageError.unavailable(registry: host.name, words ?? text.oneLine)
        }
    }

    /// What a refusal means, with the registry's own words.
    static func refusal(_ response: HTTPClientResponse, _ what: String, _ host: RegistryHost) async -> ImageError {
        struct Body: Decodable {
            struct Entry: Decodable {
                var code: String?
                var message: String?
            }
            var errors: [Entry]?
        }
        let bytes = try? await response.body.collect(upTo: 64 << 10)
        let body = bytes.flatMap { try? JSONDecoder().decode(Body.self, from: Data($0.readableBytesView)) }
        let words = body?.errors?.first.map { [$0.code, $0.message].compactMap { $0 }.joined(separator: ": ") }
        let cause =
            "\(what): \(response.status.code) \(response.status.reasonPhrase)"
            + (words.map { " (\($0.oneLine))" } ?? "")
        return switch response.status.code {
        case 401, 403: .unauthorized(registry: host.name, cause)
        case 404: .notFound("registry \(host.name): \(cause)")
        default: .unavailable(registry: host.name, cause)
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let parts = duration.components
        self = .seconds(parts.seconds) + .nanoseconds(parts.attoseconds / 1_000_000_000)
    }
}

extension String {
    /// A stranger's words, fit for one line of a message.
    var oneLine: String {
        String(prefix(300).map { $0.isNewline || $0.asciiValue.map { $0 < 32 || $0 == 127 } == true ? " " : $0 })
    }
}
