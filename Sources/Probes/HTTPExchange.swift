import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// A TCP connection of the node's to a container, and what is said on it: one question, one answer.
struct HTTPExchange: Sendable {
    typealias Stream = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    struct Response: Sendable {
        var status: Int
        var headers: HTTPHeaders
        /// Cut off at the limit.
        var body: [UInt8]
        var trailers = HTTPHeaders()
    }

    var host: String
    var port: UInt16
    var timeout: Duration

    /// Only connects, and closes.
    func connect() async throws {
        try await connecting { $0.eventLoop.makeSucceededFuture($0) }.close()
    }

    /// - Parameter tls: nil: in the clear.
    func send(_ head: HTTPRequestHead, tls: NIOSSLContext?, bodyLimit: Int) async throws -> Response {
        let channel = try await connecting { channel in
            channel.eventLoop.makeCompletedFuture {
                if let tls {
                    // A certificate is not looked at; a name is told only where there is one.
                    let handler = try NIOSSLClientHandler(context: tls, serverHostname: isName ? host : nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                return try Stream(wrappingChannelSynchronously: channel)
            }
        }
        return try await Self.exchange(head, body: nil, on: channel, bodyLimit: bodyLimit)
    }

    /// Over HTTP/2 in the clear, without asking whether the other side can.
    func sendHTTP2(_ head: HTTPRequestHead, body: [UInt8], bodyLimit: Int) async throws -> Response {
        let (channel, streams) = try await connecting { channel in
            channel.configureAsyncHTTP2Pipeline(mode: .client) { stream in
                stream.eventLoop.makeSucceededVoidFuture()
            }.map { (channel, $0) }
        }
        defer { channel.close(promise: nil) }
        let stream = try await streams.openStream { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .http))
                return try Stream(wrappingChannelSynchronously: stream)
            }
        }
        return try await Self.exchange(head, body: body, on: stream, bodyLimit: bodyLimit)
    }

    private static func exchange(
        _ head: HTTPRequestHead, body: [UInt8]?, on stream: Stream, bodyLimit: Int
    ) async throws -> Response {
        try await stream.executeThenClose { inbound, outbound in
            // All at once: a server that answers the head and closes must not fail the rest, which has no bytes. What
            // it said before it closed counts more than that it did.
            let content = body.map { [HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: $0)))] } ?? []
            var unsent: (any Error)?
            do { try await outbound.write(contentsOf: [.head(head)] + content + [.end(nil)]) } catch { unsent = error }
            var response: Response?
            for try await part in inbound {
                switch part {
                case .head(let head):
                    response = Response(status: Int(head.status.code), headers: head.headers, body: [])
                case .body(let buffer):
                    let room = bodyLimit - (response?.body.count ?? 0)
                    response?.body += buffer.readableBytesView.prefix(room)
                    // Whoever sends without end is answered as well.
                    if buffer.readableBytes >= room, let response { return response }
                case .end(let trailers):
                    response?.trailers = trailers ?? [:]
                    if let response { return response }
                }
            }
            throw unsent ?? ClosedEarly()
        }
    }

    /// A name, and no address.
    private var isName: Bool { (try? SocketAddress(ipAddress: host, port: 0)) == nil }

    private func connecting<Output: Sendable>(
        _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Output>
    ) async throws -> Output {
        // A little less than all the time, so that it is known what took it.
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connectTimeout(.nanoseconds(Int64(timeout / .nanoseconds(1) * 0.98)))
        let initialize: @Sendable (any Channel) -> EventLoopFuture<Output> = { channel in
            guard let socket = channel as? any SocketOptionProvider else { return initialize(channel) }
            return socket.unsafeSetSocketOption(level: .socket, name: .so_linger, value: Linger())
                .flatMap { initialize(channel) }
        }
        do {
            if isName {
                return try await bootstrap.connect(host: host, port: Int(port), channelInitializer: initialize)
            }
            return try await bootstrap.connect(
                to: SocketAddress(ipAddress: host, port: Int(port)), channelInitializer: initialize)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ConnectFailure(cause: error)
        }
    }
}

/// Nobody could be reached.
struct ConnectFailure: Error {
    let cause: any Error

    var isTimeout: Bool {
        let cause = (cause as? NIOConnectionError)?.connectionErrors.first?.error ?? cause
        if case ChannelError.connectTimeout = cause { return true }
        return false
    }
}

/// The other side went away before it had answered.
struct ClosedEarly: Error, CustomStringConvertible {
    var description: String { "EOF" }
}

/// `struct linger`: whoever closes waits a second for the other side, so that the node's ports are soon free again.
///
/// - SeeAlso: `socket(7)`, SO_LINGER. Source: facts of kubelet, §4.4.
private struct Linger: Sendable {
    let isOn: Int32 = 1
    let seconds: Int32 = 1
}
