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
