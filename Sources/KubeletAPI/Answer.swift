import NIOCore
import NIOHTTP1

/// What is answered to a request.
struct Answer: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Sent as it comes. An open one goes on until the client has gone, or the closure returns. Where the count of its
        /// bytes is known, the closure writes so many, or throws.
        case stream(isOpen: Bool, count: Int64? = nil, @Sendable (BodyWriter) async throws -> Void)
        case upgrade(Upgrade)
    }

    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: Body

    init(_ status: HTTPResponseStatus, type: String, _ body: Body) {
        self.status = status
        headers = ["Content-Type": type]
        self.body = body
    }

    static let plain = "text/plain; charset=utf-8"

    static func text(_ text: String, _ status: HTTPResponseStatus = .ok) -> Answer {
        Answer(status, type: plain, .bytes(Array(text.utf8)))
    }

    /// As Go's `http.Error`: a line, whose kind a browser shall not guess.
    static func error(_ status: HTTPResponseStatus, _ text: String) -> Answer {
        var answer = Self.text(text + "\n", status)
        answer.headers.add(name: "X-Content-Type-Options", value: "nosniff")
        return answer
    }

    static func json(_ bytes: [UInt8]) -> Answer { Answer(.ok, type: "application/json", .bytes(bytes)) }

    static func upgrade(_ upgrade: Upgrade) -> Answer {
        Answer(.switchingProtocols, type: plain, .upgrade(upgrade))
    }
}

/// Why a request is not answered as was hoped: thrown on the way, sent as it stands.
struct Refusal: Error, Equatable {
    var status: HTTPResponseStatus
    var text: String

    init(_ status: HTTPResponseStatus, _ text: String) {
        self.status = status
        self.text = text
    }

    var answer: Answer { .text(text, status) }
}

/// Takes the body of an answer, piece by piece.
struct BodyWriter: Sendable {
    private let wire: Wire
    init(_ wire: Wire) { self.wire = wire }

    func write(_ bytes: ByteBuffer) async throws {
        // An empty chunk would be the last one.
        if bytes.readableBytes > 0 { try await wire.send(.http(.body(.byteBuffer(bytes)))) }
    }

    func write(_ bytes: [UInt8]) async throws { try await write(ByteBuffer(bytes: bytes)) }
}
