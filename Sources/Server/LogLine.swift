package import Kubernetes

/// One line of a container's log file, cut into its parts.
///
/// Source: CRI log format, `<RFC3339Nano> <stdout|stderr> <P|F>[:more tags] <content>`.
package struct LogLine: Equatable, Sendable {
    /// As written: `2026-01-02T15:04:05.123456789Z`.
    package var timestamp: String
    package var stream: String
    /// The line goes on in the next record.
    package var isPartial: Bool
    package var content: ArraySlice<UInt8>

    /// `nil` for what is not a record. `bytes` are without the ending newline.
    package init?(parsing bytes: ArraySlice<UInt8>) {
        let space = UInt8(ascii: " ")
        guard let first = bytes.firstIndex(of: space),
            let second = bytes[(first + 1)...].firstIndex(of: space)
        else { return nil }
        // A record of an empty line may end behind its tag.
        let third = bytes[(second + 1)...].firstIndex(of: space) ?? bytes.endIndex
        let tag = bytes[(second + 1)..<third]
        guard let kind = tag.first, kind == UInt8(ascii: "P") || kind == UInt8(ascii: "F"),
            tag.count == 1 || tag[tag.startIndex + 1] == UInt8(ascii: ":")
        else { return nil }
        timestamp = String(decoding: bytes[..<first], as: UTF8.self)
        stream = String(decoding: bytes[(first + 1)..<second], as: UTF8.self)
        isPartial = kind == UInt8(ascii: "P")
        content = third < bytes.endIndex ? bytes[(third + 1)...] : []
    }

    /// When it was written, to the second.
    package var time: Time? { Time(rfc3339: timestamp) }
}

/// Turns log records into what a reader sees: chosen lines, partial ones joined, with or without their times.
package struct LogFormatter: Sendable {
    private let since: Time?
    private let timestamps: Bool
    private var bytesLeft: Int?
    /// The next record begins a line.
    private var atLineStart = true

    package init(since: Time? = nil, timestamps: Bool = false, limitBytes: Int? = nil) {
        self.since = since
        self.timestamps = timestamps
        self.bytesLeft = limitBytes
    }

    /// The limit of bytes is used up.
    package var isFull: Bool { bytesLeft == 0 }

    /// What the reader sees of one record (without its newline). Rubbish, e.g. of a torn write, is left out.
    package mutating func format(_ record: ArraySlice<UInt8>) -> [UInt8] {
        guard let line = LogLine(parsing: record) else { return [] }
        if let since, let time = line.time, time < since { return [] }
        var out: [UInt8] = []
        if timestamps && atLineStart { out += Array(line.timestamp.utf8) + [UInt8(ascii: " ")] }
        out += line.content
        if !line.isPartial { out.append(UInt8(ascii: "\n")) }
        atLineStart = !line.isPartial
        guard let left = bytesLeft else { return out }
        if out.count > left { out.removeLast(out.count - left) }
        bytesLeft = left - out.count
        return out
    }
}
