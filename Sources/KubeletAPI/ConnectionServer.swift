import Logging
import NIOCore
import NIOHTTP1

/// Answers the requests of a connection, one after the other.
struct ConnectionServer: Sendable {
    let router: Router
    /// `nil`: everybody may ask.
    let access: AccessGuard?
    let settings: KubeletAPISettings

    /// A request's body; of what is asked here none is long.
    private static let bodyLimit = 1 << 20

    func serve(_ connection: Connection) async {
        do {
            try await connection.open().executeThenClose { inbound, _ in
                let wire = Wire(connection.channel)
                var reader = WireReader(inbound)
                while let request = try await request(from: &reader, wire) {
                    guard try await answer(request, connection.peer, &reader, wire) else { return }
                }
            }
        } catch {
            // Mostly a client that has gone, or one that does not speak TLS.
            Logger.current.debug("Connection ended", metadata: ["error": "\(error)"])
        }
    }

    /// `nil`: there is none any more, or none that can be understood.
    private func request(from reader: inout WireReader, _ wire: Wire) async throws -> HTTPRequest? {
        let watch = Deadline(settings.connectionIdleTimeout, wire)
        return try await watch.run { () throws in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            while let part = try await reader.next() {
                switch part {
                case .http(.head(let next)):
                    head = next
                    if next.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
                        try await wire.send(.http(.head(.init(version: next.version, status: .continue))))
                    }
                case .http(.body(let bytes)):
                    body += bytes.readableBytesView
                    guard body.count <= Self.bodyLimit else { return nil }
                case .http(.end): return head.map { HTTPRequest(head: $0, body: body) }
                case .bytes, .frame: return nil
                }
            }
            return nil
        }
    }

    /// `nil`: it is not counted, as those that only ask for the node's health are not.
    private func kind(of head: HTTPRequestHead) -> APIMoment.RequestKind? {
        router.routes == .health ? nil : .init(head, isReadOnly: access == nil)
    }

    /// Returns whether the connection may be used again.
    private func answer(
        _ request: HTTPRequest, _ peer: PeerCertificates, _ reader: inout WireReader, _ wire: Wire
    ) async throws -> Bool {
        let head = request.head
        let kind = kind(of: head)
        let begin = ContinuousClock.now
        if let kind { router.control.measure(.began(kind)) }
        defer { if let kind { router.control.measure(.ended(kind, after: begin.duration(to: .now))) } }
        let answer: Answer
        if var parsed = Request(head) {
            parsed.body = request.body
            answer = await self.answer(parsed, peer)
        } else {
            answer = .error(.badRequest, "400 Bad Request")
        }
        var response = HTTPResponseHead(version: head.version, status: answer.status, headers: answer.headers)
        // What was sent for another protocol cannot be understood any more.
        var isKept = head.isKeepAlive && !head.headers.contains(name: "Upgrade") && !Task.isCancelled
        switch answer.body {
        case .upgrade(let upgrade):
            response.headers = upgrade.headers
            try await wire.send(.upgrade(response, to: upgrade.language))
            try await upgrade.conversation(&reader, wire)
            return false
        case .bytes(let bytes):
            response.headers.add(name: "Content-Length", value: "\(bytes.count)")
            if !isKept { response.headers.add(name: "Connection", value: "close") }
            let body = ByteBuffer(bytes: head.method == .HEAD ? [] : bytes)
            try await wire.send(.http(.head(response)), .http(.body(.byteBuffer(body))), .http(.end(nil)))
        case .stream(let isOpen, let count, let produce):
            let isChunked = head.version == .http1_1 && count == nil
            if isOpen || !isChunked && count == nil { isKept = false }
            if !isKept { response.headers.add(name: "Connection", value: "close") }
            if let count { response.headers.add(name: "Content-Length", value: "\(count)") }
            if isChunked { response.headers.add(name: "Transfer-Encoding", value: "chunked") }
            try await wire.send(.http(.head(response)))
            if head.method == .HEAD {
                try await wire.send(.http(.end(nil)))
            } else {
                try await Deadline(settings.answerTimeout, wire).run {
                    try await send(isOpen: isOpen, produce, &reader, wire)
                }
            }
        }
        return isKept
    }

    /// A client that has gone is found out by a failing write, or while nothing is written, by reading.
    private func send(
        isOpen: Bool, _ produce: @escaping @Sendable (BodyWriter) async throws -> Void, _ reader: inout WireReader,
        _ wire: Wire
    ) async throws {
        guard isOpen else {
            try await produce(BodyWriter(wire))
            return try await wire.send(.http(.end(nil)))
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // However it ends, whoever reads shall find out.
                defer { wire.close() }
                do {
                    try await produce(BodyWriter(wire))
                    try await wire.send(.http(.end(nil)))
                } catch {
                    Logger.current.debug("Answer is cut off", metadata: ["error": "\(error)"])
                }
            }
            try? await reader.drain()
            group.cancelAll()
        }
    }

    private func answer(_ request: Request, _ peer: PeerCertificates) async -> Answer {
        do {
            try await access?.admit(request, from: peer)
            return try await router.answer(request).compressed(for: request)
        } catch let refusal as Refusal {
            return refusal.answer
        } catch {
            return .text("\(error)", .internalServerError)
        }
    }
}

/// A request with its body, as HTTP has it.
private struct HTTPRequest: Sendable {
    var head: HTTPRequestHead
    var body: [UInt8]
}

/// Ends a connection on which something takes too long.
struct Deadline: Sendable {
    private let limit: Duration
    private let wire: Wire

    init(_ limit: Duration, _ wire: Wire) {
        self.limit = limit
        self.wire = wire
    }

    /// Whoever reads in `body` finds the connection's end when the time is over.
    func run<R>(_ body: () async throws -> R) async throws -> R {
        let (limit, wire) = (limit, wire)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await Task.sleep(for: limit)
                wire.close()
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }
}
