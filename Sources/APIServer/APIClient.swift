import AsyncHTTPClient
import JSONText
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
package import SystemPackage

/// The line to the cluster's API server, with the node's credentials as they are at the moment.
///
/// New certificates get new connections; the old ones are closed, so that nothing goes on under an identity that has
/// ended. Whoever asks decides whether to ask again: only what the server itself puts off is repeated here.
package actor APIClient {
    /// In seconds.
    static let longestWatch = 600

    private let credentials: Credentials
    private var line: Line?
    private var limit: TokenBucket
    /// Of questions that strangers cause: they take nothing from what the node has to tell.
    private var strangersLimit = TokenBucket(rate: 50, burst: 100)
    private var isClosed = false
    /// Those who wait to ask again.
    private var pauses: [UInt64: AsyncStream<Never>.Continuation] = [:]
    private var nextPause: UInt64 = 0
    /// When the server last answered anything, and what was wrong since.
    package private(set) var state = LineState()
    package private(set) var answers: [APIAnswer: Int] = [:]
    /// Takes how long each question was on its way, watches left out: what was asked for, and of whom.
    private let measure: @Sendable (_ method: String, _ host: String, Duration) -> Void

    /// - Parameters:
    ///   - kubeconfig: read when it is first needed, and again when it changes.
    ///   - certificate: the node's own with its key, which counts more than the kubeconfig's while it is there and good.
    ///   - rate: questions a second; zero: no limit. Source: facts of kubelet, §1.1 (`kubeAPIQPS`, `kubeAPIBurst`).
    package init(
        kubeconfig: FilePath, certificate: FilePath? = nil, rate: Int = 50, burst: Int = 100,
        measure: @escaping @Sendable (_ method: String, _ host: String, Duration) -> Void = { _, _, _ in }
    ) {
        self.measure = measure
        credentials = Credentials(file: kubeconfig, own: certificate)
        limit = TokenBucket(rate: Double(rate), burst: max(1, burst))
        state.kubeconfig = kubeconfig.string
    }

    /// Ends all connections; nothing can be asked any more.
    package func close() async {
        isClosed = true
        let old = line
        line = nil
        await old?.close()
    }

    /// Asks, and reads the answer's object.
    package func ask<Answer: Decodable & Sendable>(_ request: APIRequest, for type: Answer.Type) async throws -> Answer
    {
        let bytes = try await send(request)
        do {
            return try JSONReader.read(type, from: bytes)
        } catch {
            throw APIRequestError(request: request.name, cause: .garbled("\(error)"))
        }
    }

    /// Asks something for a stranger, who may be one of very many. Throws at once where there are too many; a fault that
    /// may be over in a moment is waited for.
    package func ask<Answer: Decodable & Sendable>(
        forStranger request: APIRequest, for type: Answer.Type
    ) async throws -> Answer {
        guard strangersLimit.take(at: .now) else {
            throw APIRequestError(request: request.name, cause: .unreachable("too many ask at once"))
        }
        var request = request
        (request.isUrgent, request.timeout) = (true, .seconds(10))
        var tries = 0
        while true {
            do {
                return try await ask(request, for: type)
            } catch let error as APIRequestError {
                tries += 1
                guard let pause = StrangersRetry.pause(after: error.cause, tries: tries) else { throw error }
                try await Task.sleep(for: pause * Double.random(in: 1...1.2))
            }
        }
    }

    /// Asks, and returns the answer's body. Throws ``APIRequestError``.
    package func send(_ request: APIRequest) async throws -> [UInt8] {
        if !request.isUrgent {
            let pause = limit.reserve(at: .now)
            if pause > .zero { try await Task.sleep(for: pause) }
        }
        var tries = 0
        while true {
            tries += 1
            do throws(APIError) {
                return try await attempt(request)
            } catch {
                // The server says when: it has too much to do. Source: client-go, `rest/with_retry.go`.
                if let pause = error.retryAfter, error.isPassing, tries <= 10, !request.isUrgent, !Task.isCancelled {
                    try await Task.sleep(for: min(pause, .seconds(30)))
                    continue
                }
                if Task.isCancelled { throw CancellationError() }
                throw APIRequestError(request: request.name, cause: error)
            }
        }
    }

    /// Waits, but no longer than until there are new credentials.
    package func pause(_ duration: Duration) async {
        let (woken, wake) = AsyncStream<Never>.makeStream()
        let id = nextPause
        nextPause += 1
        pauses[id] = wake
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: duration) }
            group.addTask { for await _ in woken {} }
            await group.next()
            group.cancelAll()
        }
        pauses[id] = nil
    }

    /// Other credentials are there: whoever waits to try again need not.
    package func useNewCredentials() async {
        _ = try? await credentials.current(isRefused: true)
        for pause in pauses.values { pause.finish() }
    }

    private func attempt(_ request: APIRequest) async throws(APIError) -> [UInt8] {
        var isRefused = false
        while true {
            let line = try await currentLine(isRefused: isRefused)
            let begin = ContinuousClock.now
            defer { measure(request.method.rawValue, Self.host(of: line), begin.duration(to: .now)) }
            do throws(APIError) {
                let (code, bytes) = try await exchange(request, on: line)
                count(request, on: line, code: code)
                state.note(.success)
                return bytes
            } catch {
                count(request, on: line, code: error.code)
                state.note(.failure(error))
                // What was shown may have been replaced a moment ago.
                guard error.code == 401, !isRefused else { throw error }
                isRefused = true
            }
        }
    }

    private func currentLine(isRefused: Bool = false) async throws(APIError) -> Line {
        guard !isClosed else { throw .unreachable("the line is closed") }
        do {
            let (server, identity) = try await credentials.current(isRefused: isRefused)
            state.server = server
            state.credentialsEnd = identity.end
            if let line, line.server == server, line.identity == identity { return line }
            let new = try Line(server, identity)
            let old = line
            line = new
            if let old {
                Logger.current.info("Credentials changed: new connections to the API server")
                await old.close()
            }
            return new
        } catch {
            state.note(.failure(.unreachable("\(error)")))
            throw .unreachable("\(error)")
        }
    }

    private nonisolated func exchange(_ request: APIRequest, on line: Line) async throws(APIError) -> (Int, [UInt8]) {
        do {
            let response = try await line.requests.execute(
                Self.message(request, on: line), deadline: .now() + TimeAmount(request.timeout))
            let body = try await response.body.collect(upTo: 256 << 20)
            try Self.check(response, Array(body.readableBytesView))
            return (Int(response.status.code), Array(body.readableBytesView))
        } catch let error as APIError {
            throw error
        } catch {
            throw wasInterrupted(error) ? .interrupted(explain(error)) : .unreachable(explain(error))
        }
    }

    static func message(_ request: APIRequest, on line: Line) -> HTTPClientRequest {
        var base = line.server
        // The certificate's name is asked for by name; where that leads is said in the configuration.
        if let name = line.identity.serverName, let parts = URLParts(line.server) { base = parts.url(host: name) }
        var message = HTTPClientRequest(url: base + request.target)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "User-Agent", value: "swiftlet")
        if let token = line.identity.token { message.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = request.body {
            message.headers.add(name: "Content-Type", value: request.contentType)
            message.body = .bytes(body)
        }
        return message
    }

    static func check(_ response: HTTPClientResponse, _ body: [UInt8]) throws(APIError) {
        let code = Int(response.status.code)
        guard !(200..<300).contains(code) else { return }
        let pause = response.headers.first(name: "Retry-After").flatMap { Int($0) }.map { Duration.seconds($0) }
        if let status = try? JSONReader.read(APIStatus.self, from: body), status.message != nil {
            throw APIError(status, code: code, retryAfter: pause)
        }
        let text = String(decoding: body.prefix(200), as: UTF8.self)
        throw .refused(code: code, reason: "", message: text, retryAfter: pause)
    }
}

extension APIClient {
    /// Opens an answer that goes on: its pieces as they come.
    func open(_ request: APIRequest) async throws(APIError) -> HTTPClientResponse {
        var isRefused = false
        while true {
            let line = try await currentLine(isRefused: isRefused)
            do {
                let response = try await Self.begin(Self.message(request, on: line), by: line.watches)
                count(request, on: line, code: Int(response.status.code))
                guard response.status != .ok else {
                    state.note(.success)
                    return response
                }
                let body = try await response.body.collect(upTo: 1 << 20)
                try Self.check(response, Array(body.readableBytesView))
                throw APIError.garbled("status \(response.status.code)")
            } catch let error as APIError {
                state.note(.failure(error))
                guard error.code == 401, !isRefused else { throw error }
                isRefused = true
            } catch {
                let failure = APIError.unreachable(explain(error))
                if !Task.isCancelled { state.note(.failure(failure)) }
                throw failure
            }
        }
    }

    /// The answer's beginning comes at once, or never: its end may take as long as it likes.
    private nonisolated static func begin(
        _ message: HTTPClientRequest, by client: HTTPClient
    ) async throws -> HTTPClientResponse {
        try await withThrowingTaskGroup(of: HTTPClientResponse?.self) { group in
            group.addTask { try await client.execute(message, deadline: .distantFuture) }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                return nil
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let response = first else {
                throw APIError.unreachable("no answer in time")
            }
            return response
        }
    }

    private static func host(of line: Line) -> String {
        URLParts(line.server).map { $0.host + $0.port } ?? line.server
    }

    /// - Parameter code: `nil`: there was no answer.
    private func count(_ request: APIRequest, on line: Line, code: Int?) {
        let answer = APIAnswer(
            code: code.map { "\($0)" } ?? "<error>", method: request.method.rawValue, host: Self.host(of: line))
        answers[answer, default: 0] += 1
    }

    /// What came over a watch is an answer, too.
    func noteContact() { state.note(.success) }
}

/// Whether the server closed a connection that it had taken.
private func wasInterrupted(_ error: any Error) -> Bool {
    error as? HTTPClientError == .remoteConnectionClosed
        || (error as? IOError)?.errnoCode == Errno.connectionReset.rawValue
}

/// The error in words without the library's types.
func explain(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
        return "no answer in time"
    case let error as HTTPClientError where error == .connectTimeout: return "no connection in time"
    case let error as HTTPClientError: return error.shortDescription
    case let error as IOError: return "\(Errno(rawValue: error.errnoCode))"
    default:
        let text = "\(error)"
        return text.contains("CERTIFICATE_VERIFY_FAILED")
            ? "the server's certificate is not trusted, or not valid at this machine's time" : text
    }
}
