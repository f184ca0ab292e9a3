/// One message of the control socket: what it is, and its bytes.
///
/// On the wire: kind (1 byte), length (4 bytes, little-endian), payload.
package struct Frame: Equatable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// Client → agent, once per connection: a ``ControlEnvelope`` as JSON.
        case request = 1
        /// Agent → client: something on the way to the result, e.g. a ``PullEvent`` as JSON.
        case event = 2
        /// Agent → client: bytes as they are, of a log or of a process' standard output.
        case data = 3
        /// Agent → client, last: the answer as JSON.
        case result = 4
        /// Agent → client, last: a ``ControlError`` as JSON.
        case failure = 5
        /// Agent → client: bytes for standard error: a process' own, or what the agent says beside its answer.
        case errors = 6
        /// Client → agent: bytes for a process' standard input; none: its end.
        case input = 7
        /// Client → agent: a `TerminalSize` as JSON, whenever it changes.
        case size = 8
    }

    package var kind: Kind
    package var payload: [UInt8]

    package init(_ kind: Kind, _ payload: [UInt8] = []) {
        self.kind = kind
        self.payload = payload
    }

    /// Bytes before the payload.
    package static let headerLength = 5

    package var encoded: [UInt8] {
        let length = UInt32(payload.count)
        var bytes = [kind.rawValue]
        bytes.reserveCapacity(Self.headerLength + payload.count)
        for shift in [UInt32(0), 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        return bytes + payload
    }
}

/// Cuts frames out of a stream of bytes that arrives in pieces.
package struct FrameParser: Sendable {
    /// Why a stream cannot be understood; nothing after it can.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case unknownKind(UInt8)
        case tooLong(Int, limit: Int)

        package var description: String {
            switch self {
            case .unknownKind(let kind): "unknown kind of frame: \(kind)"
            case .tooLong(let length, let limit): "frame of \(length) bytes is longer than \(limit) bytes"
            }
        }
    }

    /// Longest payload that is taken.
    package let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0

    package init(limit: Int) { self.limit = limit }

    /// True between two frames: the stream may end here.
    package var isEmpty: Bool { start == buffer.count }

    package mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            buffer.removeFirst(start)
            start = 0
        }
        buffer.append(contentsOf: bytes)
    }

    /// The next whole frame, `nil` when more bytes are needed. Refuses from the header on, before the payload is there.
    package mutating func next() throws(Failure) -> Frame? {
        guard buffer.count - start >= Frame.headerLength else { return nil }
        guard let kind = Frame.Kind(rawValue: buffer[start]) else { throw .unknownKind(buffer[start]) }
        let length = (1...4).reduce(0) { $0 | Int(buffer[start + $1]) << (8 * ($1 - 1)) }
        guard length <= limit else { throw .tooLong(length, limit: limit) }
        let end = start + Frame.headerLength + length
        guard buffer.count >= end else { return nil }
        defer { start = end }
        return Frame(kind, Array(buffer[(start + Frame.headerLength)..<end]))
    }
}
