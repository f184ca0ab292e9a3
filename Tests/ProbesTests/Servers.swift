import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix

/// Lends the port of a server that answers each request's head with a text, nothing (`nil`), or its end (empty).
func withServer(
    _ answer: @escaping @Sendable (String) -> String?, _ body: (UInt16) async throws -> Void
) async throws {
    try await serving(body) { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(TextServer(answer))
        }
    }
}

/// Lends the port of a server of `grpc.health.v1`: the service `good` serves, `bad` does not, `none` is unknown to it.
func withHealthServer(_ body: (UInt16) async throws -> Void) async throws {
    try await serving(body) { channel in
        channel.configureHTTP2Pipeline(mode: .server) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTP1ServerCodec())
                try stream.pipeline.syncOperations.addHandler(HealthServer())
            }
        }.map { _ in }
    }
}

private func serving(
    _ body: (UInt16) async throws -> Void, _ child: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
) async throws {
    let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelInitializer(child)
        .bind(host: "127.0.0.1", port: 0).get()
    do {
        try await body(UInt16(server.localAddress?.port ?? 0))
        try await server.close()
    } catch {
        try await server.close()
        throw error
    }
}

private final class TextServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: @Sendable (String) -> String?
    private var read = ""

    init(_ answer: @escaping @Sendable (String) -> String?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        read += String(buffer: unwrapInboundIn(data))
        // Whoever begins to speak TLS is answered in plain words.
        guard read.hasSuffix("\r\n\r\n") || read.utf8.first == 0x16, let text = answer(read) else { return }
        let channel = context.channel
        channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
    }
}

private final class HealthServer: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private var request: [UInt8] = []
    private var path = ""

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): path = "\(head.method) \(head.uri) \(head.headers["te"]) \(head.headers["content-type"])"
        case .body(let buffer): request += buffer.readableBytesView
        case .end: answer(context)
        }
    }

    private func answer(_ context: ChannelHandlerContext) {
        let isRight = path == "POST /grpc.health.v1.Health/Check [\"trailers\"] [\"application/grpc\"]"
        let service = String(decoding: request.dropFirst(7), as: UTF8.self)
        let headers: HTTPHeaders = ["content-type": "application/grpc"]
        if service == "none" || !isRight {
            let only = headers + [("grpc-status", "12"), ("grpc-message", isRight ? "no" : path)]
            context.write(
                wrapOutboundOut(
                    .head(.init(version: .http2, status: .ok, headers: HTTPHeaders(only.map { ($0.0, $0.1) })))),
                promise: nil)
            return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        context.write(wrapOutboundOut(.head(.init(version: .http2, status: .ok, headers: headers))), promise: nil)
        let message: [UInt8] = [0, 0, 0, 0, 2, 8, service == "good" ? 1 : 2]
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: message)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(["grpc-status": "0"])), promise: nil)
    }
}
