import Linux
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Server

/// Ports of a pod over WebSocket: for each two channels, for its data and for what goes wrong.
///
/// Source: kubernetes `kubelet/pkg/cri/streaming/portforward/websocket.go`.
struct WebSocketPortForward: Sendable {
    static let languages: [WebSocketLanguage] = [.v4, .v4Base64, .unnamed]

    let pod: String
    let uid: String
    let ports: [UInt16]
    let language: WebSocketLanguage
    let idleTimeout: Duration
    let dial: @Sendable (UInt16) async throws -> StreamEnd

    /// The ports that a query names, one or several in a value.
    static func ports(_ query: Query) throws(Refusal) -> [UInt16] {
        let values = query.all("port") + query.all("ports")
        guard !values.isEmpty else { throw Refusal(.badRequest, "query parameter \"port\" is required") }
        var ports: [UInt16] = []
        for value in values {
            guard !value.isEmpty else { throw Refusal(.badRequest, "query parameter \"port\" cannot be empty") }
            for text in value.split(separator: ",", omittingEmptySubsequences: false) {
                guard let port = UInt16(text) else {
                    throw Refusal(.badRequest, "unable to parse \"\(value)\" as a port")
                }
                guard port > 0 else { throw Refusal(.badRequest, "port \"\(value)\" must be > 0") }
                ports.append(port)
            }
        }
        // A channel's number is a byte, of which base64's are a digit.
        guard ports.count <= 100 else { throw Refusal(.badRequest, "too many ports") }
        return ports
    }

    func converse(_ reader: inout WireReader, _ wire: Wire) async throws {
        let activity = Activity()
        let inputs = ports.map { _ in ByteQueue(limit: 1 << 20) }
        wire.channel.closeFuture.whenComplete { _ in for input in inputs { input.abandon() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [idleTimeout] in await activity.close(wire, after: idleTimeout) }
            group.addTask { try await serve(inputs, wire, activity) }
            defer { group.cancelAll() }
            while let message = try await WebSocket.next(from: &reader, wire) {
                activity.note()
                switch language.decode(message, channels: UInt8(2 * ports.count)) {
                case .data(let channel, let bytes) where channel % 2 == 0: await inputs[Int(channel) / 2].put(bytes)
                default: break
                }
            }
        }
    }

    private func serve(_ inputs: [ByteQueue], _ wire: Wire, _ activity: Activity) async throws {
        defer { wire.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, input) in inputs.enumerated() {
                group.addTask { try await forward(index, input, wire, activity) }
            }
            try await group.waitForAll()
        }
        try await wire.send(.frame(WebSocket.closing()))
        try await wire.linger()
    }

    private func forward(_ index: Int, _ input: ByteQueue, _ wire: Wire, _ activity: Activity) async throws {
        let (language, port, channel) = (language, ports[index], UInt8(2 * index))
        let name = [UInt8(truncatingIfNeeded: port), UInt8(port >> 8)]
        for channel in [channel, channel + 1] { try await wire.send(.frame(language.encode(name, channel: channel))) }
        do {
            let socket = try await dial(port)
            try await PortRelay(socket: socket, input: input) { bytes in
                activity.note()
                try await wire.send(.frame(language.encode(bytes, channel: channel)))
            }.run()
        } catch let error where !(error is CancellationError) {
            let words = "error forwarding port \(port) to pod \(pod), uid \(uid): \(error)"
            try await wire.send(.frame(language.encode(Array(words.utf8), channel: channel + 1)))
        }
    }
}
