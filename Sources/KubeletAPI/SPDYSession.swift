import NIOCore
import NIOWebSocket
import Synchronization

/// The server's side of a SPDY/3.1 connection: the client opens streams.
final class SPDYSession: Sendable {
    /// How many streams may be open at once.
    static let streamLimit = 512
    private static let firstWindow = 64 << 10

    private struct State {
        var streams: [UInt32: SPDYStream] = [:]
        var lastStream: UInt32 = 0
        /// The window that new streams begin with; `nil`: the client does not speak of windows.
        var initialWindow: Int?
        var isClosed = false
    }

    private let wire: Wire
    private let isTunnelled: Bool
    private let inputLimit: Int
    private let state = Mutex(State())
    let window = SPDYWindow(nil)
    private let taken = SPDYTaken()

    /// - Parameters:
    ///   - isTunnelled: its bytes go through a WebSocket.
    ///   - inputLimit: how much of a stream's input waits for whoever takes it, before the whole connection waits.
    init(_ wire: Wire, isTunnelled: Bool, inputLimit: Int = 256 << 10) {
        self.wire = wire
        self.isTunnelled = isTunnelled
        self.inputLimit = inputLimit
        // A reader that waits for room finds out by this.
        wire.channel.closeFuture.whenComplete { [self] _ in abort() }
    }

    func send(_ frame: SPDYFrame) async throws {
        let bytes = ByteBuffer(bytes: frame.encoded)
        try await wire.send(
            isTunnelled ? .frame(WebSocketFrame(fin: true, opcode: .binary, data: bytes)) : .bytes(bytes))
    }

    /// Serves the connection until the client has gone.
    ///
    /// - Parameters:
    ///   - admit: throws for a stream that is not wanted.
    ///   - begin: takes a stream that has been opened.
    func run(
        _ reader: inout WireReader, noting activity: Activity, admit: (SPDYHeaders, UInt32) throws -> Void,
        begin: (SPDYStream) -> Void
    ) async throws {
        defer { abort() }
        var parser = SPDYParser()
        var inflater = try HeaderInflater()
        var deflater = try HeaderDeflater()
        while let bytes = try await next(&reader) {
            activity.note()
            parser.append(bytes)
            while let frame = try parser.next() {
                switch frame {
                case .openStream(let id, let isLast, let block):
                    let headers = try SPDYHeaders(decoding: inflater.inflate(block))
                    guard let stream = try await open(id, headers, admit) else { continue }
                    try await send(.reply(id, isLast: false, block: deflater.deflate(SPDYHeaders().encoded)))
                    if isLast { stream.input.finish() }
                    begin(stream)
                // What was said is of no interest, but the next block builds on it.
                case .reply(_, _, let block), .headers(_, _, let block): _ = try inflater.inflate(block)
                default: try await take(frame)
                }
            }
        }
    }

    private func next(_ reader: inout WireReader) async throws -> [UInt8]? {
        if isTunnelled { return try await WebSocket.next(from: &reader, wire) }
        guard case .bytes(let bytes)? = try await reader.next() else { return nil }
        return Array(bytes.readableBytesView)
    }

    /// `nil`: it was refused.
    private func open(
        _ id: UInt32, _ headers: SPDYHeaders, _ admit: (SPDYHeaders, UInt32) throws -> Void
    ) async throws -> SPDYStream? {
        let (isRoom, window) = try state.withLock { state in
            // Source: the draft, 2.3.2: a client's numbers are odd, and each is higher than the one before.
            guard id % 2 == 1, id > state.lastStream else { throw SPDYError("stream \(id) is opened out of turn") }
            state.lastStream = id
            return (state.streams.count < Self.streamLimit, state.initialWindow)
        }
        do {
            guard isRoom else { throw SPDYError("too many streams") }
            try admit(headers, id)
        } catch {
            try await send(.reset(id, .refused))
            return nil
        }
        let stream = SPDYStream(id, headers, window: window, limit: inputLimit, of: self)
        state.withLock { $0.streams[id] = stream }
        return stream
    }

    private func take(_ frame: SPDYFrame) async throws {
        switch frame {
        case .data(let id, let isLast, let bytes): try await take(bytes, isLast, on: id)
        case .reset(let id, _): close(id)
        case .settings(let initial?): speakOfWindows(Int(initial))
        case .window(let id, let more):
            speakOfWindows(Self.firstWindow)
            if id == 0 { window.grant(Int(more)) } else { stream(id)?.grant(Int(more)) }
        // The client's are odd; an even one answers a question that was never asked.
        case .ping(let id): if id % 2 == 1 { try await send(frame) }
        default: break
        }
    }

    private func take(_ bytes: [UInt8], _ isLast: Bool, on id: UInt32) async throws {
        guard let stream = stream(id) else {
            // On one that has ended it was on its way already.
            guard id > state.withLock(\.lastStream) else { return }
            return try await send(.reset(id, .invalidStream))
        }
        await stream.input.put(bytes)
        if isLast { stream.input.finish() }
        guard !bytes.isEmpty else { return }
        // Not for every byte: who keeps to windows has 64 KiB of them.
        if !isLast, let more = stream.taken.add(bytes.count) { try await send(.window(id, more: more)) }
        if let more = taken.add(bytes.count) { try await send(.window(0, more: more)) }
    }

    private func speakOfWindows(_ initial: Int) {
        let streams = state.withLock { state in
            state.initialWindow = initial
            return Array(state.streams.values)
        }
        window.begin(Self.firstWindow)
        for stream in streams { stream.speakOfWindows(initial) }
    }

    private func stream(_ id: UInt32) -> SPDYStream? { state.withLock { $0.streams[id] } }

    /// Forgets a stream; what still comes on it is dropped.
    func close(_ id: UInt32) {
        let stream = state.withLock { $0.streams.removeValue(forKey: id) }
        stream?.abort()
        stream?.input.abandon()
    }

    private func abort() {
        let streams = state.withLock { state in
            defer { state.streams = [:] }
            return Array(state.streams.values)
        }
        window.close()
        for stream in streams {
            stream.abort()
            stream.input.abandon()
        }
    }
}
