import NIOCore
import NIOWebSocket

/// How several channels share one WebSocket: the first byte of a message is the channel's number.
///
/// Source: kubernetes `apimachinery/pkg/util/httpstream/wsstream`; facts of kubelet, §11.2.
enum WebSocketLanguage: String, CaseIterable, Sendable {
    case v5 = "v5.channel.k8s.io"
    case v4 = "v4.channel.k8s.io"
    case v4Base64 = "v4.base64.channel.k8s.io"
    case v1 = "channel.k8s.io"
    case v1Base64 = "base64.channel.k8s.io"
    /// A client that names none.
    case unnamed = ""

    /// The channel of the first version 5: what comes on it closes another.
    static let closing: UInt8 = 255

    /// One message of a client's.
    enum Message: Equatable, Sendable {
        case data(channel: UInt8, [UInt8])
        /// Nothing comes on this channel any more.
        case end(channel: UInt8)
    }

    /// The first that the client offers of those that are `known`. `nil`: there is none.
    static func negotiated(_ offers: [String], of known: [Self]) -> Self? {
        if offers.isEmpty { return known.contains(.unnamed) ? .unnamed : nil }
        return offers.lazy.compactMap { Self(rawValue: $0) }.first { known.contains($0) }
    }

    /// Messages are text, and what comes after the channel's digit is base64.
    var isBase64: Bool { self == .v4Base64 || self == .v1Base64 }
    /// How a command came out is told as a `Status`.
    var hasStatus: Bool { self == .v5 || self == .v4 || self == .v4Base64 }

    /// `nil` for a message that is none: empty, of an unknown channel, or not base64.
    func decode(_ message: [UInt8], channels: UInt8) -> Message? {
        guard let first = message.first else { return nil }
        let rest = message.dropFirst()
        if self == .v5 && first == Self.closing {
            guard let channel = rest.first, channel < channels else { return nil }
            return .end(channel: channel)
        }
        let channel = isBase64 ? first &- UInt8(ascii: "0") : first
        guard channel < channels, let data = isBase64 ? base64Decoded(Array(rest)) : Array(rest) else { return nil }
        return .data(channel: channel, data)
    }

    func encode(_ data: [UInt8], channel: UInt8) -> WebSocketFrame {
        var buffer = ByteBufferAllocator().buffer(capacity: data.count + 1)
        buffer.writeInteger(isBase64 ? channel + UInt8(ascii: "0") : channel)
        buffer.writeBytes(isBase64 ? base64Encoded(data) : data)
        return WebSocketFrame(fin: true, opcode: isBase64 ? .text : .binary, data: buffer)
    }
}
