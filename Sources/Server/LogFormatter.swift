package import Kubernetes
import Linux

/// Turns log records into what a reader sees: chosen lines, partial ones joined, with or without their times.
package struct LogFormatter: Sendable {
    private let since: Time?
    /// Its text, as far as whole seconds go: times in UTC sort by it.
    private let sinceText: [UInt8]
    private let timestamps: Bool
    /// Only what was written to this one; `nil`: both.
    private let stream: [UInt8]?
    private var bytesLeft: Int?
    /// The next record begins a line.
    private var atLineStart = true

    package init(since: Time? = nil, timestamps: Bool = false, limitBytes: Int? = nil, stream: String? = nil) {
        self.since = since
        sinceText = since.map { Array("\($0)".utf8.prefix(19)) } ?? []
        self.timestamps = timestamps
        self.stream = stream.map { Array($0.utf8) }
        self.bytesLeft = limitBytes
    }

    /// The limit of bytes is used up.
    package var isFull: Bool { bytesLeft == 0 }

    /// What the reader sees of some records, each with its newline; the last may lack it. Rubbish, e.g. of a torn write,
    /// is left out.
    package mutating func format(_ records: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(records.count)
        var start = records.startIndex
        while start < records.endIndex {
            let end = records.position(of: UInt8(ascii: "\n"), from: start) ?? records.endIndex
            append(records, start, end, to: &out)
            start = end + 1
        }
        guard let left = bytesLeft else { return out }
        if out.count > left { out.removeLast(out.count - left) }
        bytesLeft = left - out.count
        return out
    }

    /// One record: `<time> <stream> <tag>[ <content>]`. The same rules as ``LogLine``'s, without making texts of it.
    private mutating func append(_ bytes: ArraySlice<UInt8>, _ start: Int, _ end: Int, to out: inout [UInt8]) {
        let space = UInt8(ascii: " ")
        guard let first = bytes.position(of: space, from: start), first < end,
            let second = bytes.position(of: space, from: first + 1), second + 1 < end
        else { return }
        let tag = bytes[second + 1]
        var third = second + 2
        guard tag == UInt8(ascii: "P") || tag == UInt8(ascii: "F") else { return }
        if third < end, bytes[third] != space {
            guard bytes[third] == UInt8(ascii: ":") else { return }
            third = min(bytes.position(of: space, from: third) ?? end, end)
        }
        if let stream, !bytes[(first + 1)..<second].elementsEqual(stream) { return }
        if since != nil, isTooOld(bytes[start..<first]) { return }
        if timestamps && atLineStart { out += bytes[start...first] }
        if third < end { out += bytes[(third + 1)..<end] }
        atLineStart = tag == UInt8(ascii: "F")
        if atLineStart { out.append(UInt8(ascii: "\n")) }
    }

    private func isTooOld(_ timestamp: ArraySlice<UInt8>) -> Bool {
        if timestamp.last == UInt8(ascii: "Z"), timestamp.count >= sinceText.count {
            return timestamp.prefix(sinceText.count).lexicographicallyPrecedes(sinceText)
        }
        guard let since, let time = Time(rfc3339: String(decoding: timestamp, as: UTF8.self)) else { return false }
        return time < since
    }
}
