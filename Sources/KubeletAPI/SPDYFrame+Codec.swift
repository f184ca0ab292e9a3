/// Cuts what comes on a connection into frames.
struct SPDYParser {
    /// Blocks of headers here are a few names long.
    private static let controlLimit = 64 << 10

    private var bytes: [UInt8] = []
    private var start = 0
    /// The data frame that is being read, and how much of it is to come.
    private var data: (stream: UInt32, isLast: Bool, rest: Int)?

    mutating func append(_ more: some Sequence<UInt8>) {
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        bytes += more
    }

    /// `nil`: more bytes are needed.
    mutating func next() throws(SPDYError) -> SPDYFrame? {
        if data != nil { return takeData() }
        guard bytes.count - start >= 8 else { return nil }
        let (word, length) = (number(at: start), Int(number(at: start + 4) & 0xff_ffff))
        let flags = bytes[start + 4]
        guard word >> 31 == 1 else {
            guard word != 0 else { throw SPDYError("data on stream 0") }
            start += 8
            data = (word, flags & 1 != 0, length)
            return takeData()
        }
        guard word >> 16 & 0x7fff == 3 else { throw SPDYError("version \(word >> 16 & 0x7fff) of SPDY is not spoken") }
        guard length <= Self.controlLimit else { throw SPDYError("a frame of \(length) bytes is too long") }
        guard bytes.count - start >= 8 + length else { return nil }
        let payload = bytes[(start + 8)..<(start + 8 + length)]
        start += 8 + length
        return try SPDYFrame(UInt16(truncatingIfNeeded: word), flags, payload)
    }

    private mutating func takeData() -> SPDYFrame? {
        guard let (stream, isLast, rest) = data else { return nil }
        let count = min(rest, bytes.count - start)
        guard count > 0 || rest == 0 else { return nil }
        let piece = Array(bytes[start..<(start + count)])
        start += count
        data = count == rest ? nil : (stream, isLast, rest - count)
        return .data(stream, isLast: isLast && count == rest, piece)
    }

    private func number(at index: Int) -> UInt32 { SPDYFrame.number(bytes[index...]) }
}

extension SPDYFrame {
    /// Big-endian; what is missing is 0.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        (0..<4).reduce(0) { sum, offset in
            let index = bytes.startIndex + offset
            return sum << 8 | (index < bytes.endIndex ? UInt32(bytes[index]) : 0)
        }
    }

    fileprivate init(_ kind: UInt16, _ flags: UInt8, _ payload: ArraySlice<UInt8>) throws(SPDYError) {
        let lengths: [UInt16: Int] = [1: 10, 2: 4, 3: 8, 4: 4, 6: 4, 7: 8, 8: 4, 9: 8]
        guard let least = lengths[kind] else {
            self = .unknown(kind)
            return
        }
        guard payload.count >= least else { throw SPDYError("a frame of kind \(kind) is too short") }
        let (stream, isLast) = (Self.number(payload) & 0x7fff_ffff, flags & 1 != 0)
        let second = Self.number(payload.dropFirst(4))
        switch kind {
        case 1: self = .openStream(stream, isLast: isLast, block: Array(payload.dropFirst(10)))
        case 2: self = .reply(stream, isLast: isLast, block: Array(payload.dropFirst(4)))
        case 3: self = .reset(stream, ResetReason(rawValue: second))
        case 4: self = try .settings(initialWindow: Self.initialWindow(payload))
        case 6: self = .ping(Self.number(payload))
        case 7: self = .goAway(lastStream: stream)
        case 8: self = .headers(stream, isLast: isLast, block: Array(payload.dropFirst(4)))
        default: self = .window(stream, more: second & 0x7fff_ffff)
        }
    }

    private static func initialWindow(_ payload: ArraySlice<UInt8>) throws(SPDYError) -> UInt32? {
        let count = Int(number(payload))
        guard count <= 1000, payload.count >= 4 + 8 * count else { throw SPDYError("settings are cut off") }
        var window: UInt32?
        for index in 0..<count {
            let entry = payload.dropFirst(4 + 8 * index)
            if number(entry) & 0xff_ffff == 7 { window = number(entry.dropFirst(4)) }
        }
        return window
    }

    var encoded: [UInt8] {
        switch self {
        case .openStream(let stream, let isLast, let block):
            Self.control(1, isLast ? 1 : 0, Self.bytes(stream) + Self.bytes(0) + [0, 0] + block)
        case .reply(let stream, let isLast, let block): Self.control(2, isLast ? 1 : 0, Self.bytes(stream) + block)
        case .headers(let stream, let isLast, let block): Self.control(8, isLast ? 1 : 0, Self.bytes(stream) + block)
        case .reset(let stream, let reason): Self.control(3, 0, Self.bytes(stream) + Self.bytes(reason.rawValue))
        case .settings(let window):
            Self.control(
                4, 0, Self.bytes(window == nil ? 0 : 1) + (window.map { Self.bytes(7) + Self.bytes($0) } ?? []))
        case .ping(let id): Self.control(6, 0, Self.bytes(id))
        case .goAway(let stream): Self.control(7, 0, Self.bytes(stream) + Self.bytes(0))
        case .window(let stream, let more): Self.control(9, 0, Self.bytes(stream) + Self.bytes(more))
        case .data(let stream, let isLast, let content):
            Self.bytes(stream) + Self.bytes(UInt32(isLast ? 1 : 0) << 24 | UInt32(content.count)) + content
        case .unknown: []
        }
    }

    private static func control(_ kind: UInt16, _ flags: UInt32, _ payload: [UInt8]) -> [UInt8] {
        bytes(0x8003_0000 | UInt32(kind)) + bytes(flags << 24 | UInt32(payload.count)) + payload
    }

    static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
