import Crypto
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// A connection that was upgraded to WebSocket.
enum WebSocket {
    /// The answer that upgrades a connection, or says why not.
    ///
    /// - Parameter chosen: what is spoken on it; `nil`: nothing that the client offers.
    static func upgrade(
        _ request: Request, to chosen: String?, supported: [String], _ conversation: @escaping Upgrade.Conversation
    ) throws(Refusal) -> Answer {
        // Source: RFC 6455, 4.2.1 and 4.4.
        guard request.method == .GET else { throw Refusal(.methodNotAllowed, "Method Not Allowed") }
        guard request.headers.first(name: "Sec-WebSocket-Version") == "13" else {
            throw Refusal(.badRequest, "missing or bad WebSocket Version")
        }
        guard let key = request.headers.first(name: "Sec-WebSocket-Key"), base64Decoded(Array(key.utf8))?.count == 16
        else { throw Refusal(.badRequest, "missing or bad WebSocket Key") }
        guard let chosen else {
            throw Refusal(
                .forbidden,
                "requested protocol(s) are not supported: [\(request.webSocketProtocols.joined(separator: " "))]; "
                    + "supports [\(supported.joined(separator: " "))]")
        }
        let accept = Insecure.SHA1.hash(data: Array("\(key)258EAFA5-E914-47DA-95CA-C5AB0DC85B11".utf8))
        var headers: HTTPHeaders = [
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Accept": String(decoding: base64Encoded(Array(accept)), as: UTF8.self),
        ]
        if !chosen.isEmpty { headers.add(name: "Sec-WebSocket-Protocol", value: chosen) }
        return .upgrade(Upgrade(language: .webSocket, headers: headers, conversation: conversation))
    }

    /// The client's next message, whole; `nil`: it has closed, or gone. Pings are answered on the way.
    static func next(from reader: inout WireReader, _ wire: Wire) async throws -> [UInt8]? {
        var message: [UInt8] = []
        while case .frame(let frame)? = try await reader.next() {
            switch frame.opcode {
            case .binary, .text, .continuation:
                message += frame.unmaskedData.readableBytesView
                guard message.count <= HTTPAdaptor.frameLimit else { throw WebSocketErrorCode.messageTooLarge.error }
                if frame.fin { return message }
            case .ping: try await wire.send(.frame(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)))
            case .connectionClose:
                try? await wire.send(.frame(closing()))
                return nil
            default: break
            }
        }
        return nil
    }

    static func closing(_ code: WebSocketErrorCode = .normalClosure) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}

extension WebSocketErrorCode {
    fileprivate var error: WebSocketProblem { WebSocketProblem(code: self) }
}

struct WebSocketProblem: Error {
    let code: WebSocketErrorCode
}
