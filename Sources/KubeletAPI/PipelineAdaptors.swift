import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The last handler of a connection that speaks HTTP. It gives way to another when the connection is upgraded.
final class HTTPAdaptor: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = InboundPart
    typealias OutboundIn = OutboundPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request's head and what comes before a decision to upgrade; more ends the connection.
    static let headLimit = 1 << 20
    /// Source: RFC 6455 does not say; the kubelet's library stops at 32 MiB.
    static let frameLimit = 32 << 20

    private let encoder = HTTPResponseEncoder()
    private let decoder = ByteToMessageHandler(
        HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes), maximumBufferSize: headLimit)

    /// Puts HTTP at the end of a pipeline.
    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let adaptor = HTTPAdaptor()
        try pipeline.addHandlers([adaptor.encoder, adaptor.decoder, adaptor])
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(.http(unwrapInboundIn(data))))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .http(let part): context.write(wrapOutboundOut(part), promise: promise)
        case .upgrade(let head, let language): upgrade(context, head, language, promise)
        case .bytes, .frame: promise?.fail(ChannelError.operationUnsupported)
        }
    }

    /// The new handlers are in place before the old decoder hands over what it holds already.
    private func upgrade(
        _ context: ChannelHandlerContext, _ head: HTTPResponseHead, _ language: Upgrade.Language,
        _ promise: EventLoopPromise<Void>?
    ) {
        let pipeline = context.pipeline.syncOperations
        do {
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
            switch language {
            case .spdy: try pipeline.addHandler(UpgradedAdaptor.bytes, position: .after(self))
            case .webSocket:
                try pipeline.addHandlers(
                    [
                        WebSocketFrameEncoder(),
                        ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.frameLimit)),
                        UpgradedAdaptor.frames,
                    ], position: .after(self))
            }
            pipeline.removeHandler(encoder, promise: nil)
            pipeline.removeHandler(self, promise: nil)
            pipeline.removeHandler(decoder, promise: nil)
        } catch {
            context.fireErrorCaught(error)
            context.close(promise: nil)
        }
    }
}

/// The last handler of a connection that has been upgraded: to plain bytes, or to frames.
private final class UpgradedAdaptor<Piece>: ChannelDuplexHandler {
    typealias InboundIn = Piece
    typealias InboundOut = InboundPart
    typealias OutboundIn = OutboundPart
    typealias OutboundOut = Piece

    private let wrap: (Piece) -> InboundPart
    private let unwrap: (OutboundPart) -> Piece?

    /// - Parameter unwrap: `nil` for what such a connection does not speak.
    init(_ wrap: @escaping (Piece) -> InboundPart, unwrap: @escaping (OutboundPart) -> Piece?) {
        (self.wrap, self.unwrap) = (wrap, unwrap)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(wrapInboundOut(wrap(unwrapInboundIn(data))))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let piece = unwrap(unwrapOutboundIn(data)) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        context.write(wrapOutboundOut(piece), promise: promise)
    }
}

extension UpgradedAdaptor<ByteBuffer> {
    static var bytes: UpgradedAdaptor {
        UpgradedAdaptor(InboundPart.bytes) { if case .bytes(let bytes) = $0 { bytes } else { nil } }
    }
}

extension UpgradedAdaptor<WebSocketFrame> {
    static var frames: UpgradedAdaptor {
        UpgradedAdaptor(InboundPart.frame) { if case .frame(let frame) = $0 { frame } else { nil } }
    }
}
