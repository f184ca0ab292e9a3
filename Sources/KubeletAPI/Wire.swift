import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What arrives on a connection: HTTP at first, then what it was upgraded to.
enum InboundPart: Sendable {
    case http(HTTPServerRequestPart)
    case bytes(ByteBuffer)
    case frame(WebSocketFrame)
}

/// What is sent on a connection.
enum OutboundPart: Sendable {
    case http(HTTPServerResponsePart)
    /// The answer that ends HTTP on this connection, and what is spoken after it.
    case upgrade(HTTPResponseHead, to: Upgrade.Language)
    case bytes(ByteBuffer)
    case frame(WebSocketFrame)
}

/// The sending side of a connection, and its end.
///
/// What is sent is on its way when the call returns: of each sender one piece at most waits for a client that does not
/// read. NIO's own writer takes more of them the longer its event loop is busy.
struct Wire: Sendable {
    let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    /// Returns when the kernel has taken it. Cancelled, it ends the connection: half a message helps nobody.
    func send(_ part: OutboundPart) async throws {
        try Task.checkCancellation()
        let channel = channel
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(part).get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Sends parts of which the last is worth waiting for.
    func send(_ first: OutboundPart, _ last: OutboundPart...) async throws {
        channel.write(first, promise: nil)
        for part in last.dropLast() { channel.write(part, promise: nil) }
        if let part = last.last { try await send(part) }
    }

    /// Whoever reads from it finds its end. What is still on its way is lost.
    func close() { channel.close(promise: nil) }

    /// Leaves it to the client to close, for a while: closed with input that was not read, a connection loses its output.
    func linger() async throws { try await Task.sleep(for: .seconds(5)) }
}

/// The receiving side of a connection; one task reads.
struct WireReader: ~Copyable {
    private var parts: NIOAsyncChannelInboundStream<InboundPart>.AsyncIterator

    init(_ stream: NIOAsyncChannelInboundStream<InboundPart>) { parts = stream.makeAsyncIterator() }

    /// `nil`: the client has gone.
    mutating func next() async throws -> InboundPart? { try await parts.next(isolation: #isolation) }

    /// Takes what comes and drops it, until the client has gone.
    mutating func drain() async throws { while try await next() != nil {} }
}

/// A connection that goes on in another language.
struct Upgrade: Sendable {
    enum Language: Sendable { case spdy, webSocket }

    typealias Conversation = @Sendable (inout WireReader, Wire) async throws -> Void

    var language: Language
    var headers: HTTPHeaders
    var conversation: Conversation
}
