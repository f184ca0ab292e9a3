import Kubernetes
import NIOHTTP1

/// What of a file is sent, as a request's conditions and its range say.
///
/// Source: RFC 9110, §13 and §14; Go's `net/http`, `serveContent`, by which a kubelet serves `/logs/`.
enum FilePart: Equatable, Sendable {
    case whole
    case part(Range<Int64>)
    /// The client has it as it is.
    case unchanged
    /// A condition does not hold.
    case otherwise
    /// No such part is in the file; the text says why.
    case nothing(String)

    /// - Parameters:
    ///   - size: of the file, in bytes.
    ///   - modified: when it was changed last; there is no entity tag.
    init(_ headers: HTTPHeaders, size: Int64, modified: Time) {
        if let verdict = Self.verdict(headers, modified) {
            self = verdict
            return
        }
        guard let text = headers.first(name: "Range"), Self.isMeant(headers, modified) else {
            self = .whole
            return
        }
        do throws(Unsatisfiable) {
            let ranges = try Self.ranges(text, size: size)
            // Several parts may be answered by the whole, and many small ones would be more than it.
            self = ranges.count == 1 ? .part(ranges[0]) : .whole
        } catch {
            self = .nothing(error.text)
        }
    }

    private static func verdict(_ headers: HTTPHeaders, _ modified: Time) -> FilePart? {
        if let tags = headers.first(name: "If-Match"), !tags.isEmpty {
            if tags != "*" { return .otherwise }
        } else if let limit = headers.first(name: "If-Unmodified-Since").flatMap(Time.init(http:)), modified > limit {
            return .otherwise
        }
        if let tags = headers.first(name: "If-None-Match"), !tags.isEmpty { return tags == "*" ? .unchanged : nil }
        guard let since = headers.first(name: "If-Modified-Since").flatMap(Time.init(http:)) else { return nil }
        return modified <= since ? .unchanged : nil
    }

    /// A part of what the file was is no part of what it is.
    private static func isMeant(_ headers: HTTPHeaders, _ modified: Time) -> Bool {
        guard let condition = headers.first(name: "If-Range") else { return true }
        return Time(http: condition) == modified
    }

    private struct Unsatisfiable: Error { let text: String }
    private static let invalid = Unsatisfiable(text: "invalid range")

    private static func ranges(_ text: String, size: Int64) throws(Unsatisfiable) -> [Range<Int64>] {
        guard text.hasPrefix("bytes=") else { throw invalid }
        var (ranges, isBeyond): ([Range<Int64>], Bool) = ([], false)
        for piece in text.dropFirst(6).split(separator: ",") {
            let words = piece.trimmed
            if words.isEmpty { continue }
            guard let range = try range(words, size: size) else {
                isBeyond = true
                continue
            }
            ranges.append(range)
        }
        // Of an empty file everything is asked that there is.
        if isBeyond, ranges.isEmpty, size > 0 { throw Unsatisfiable(text: "invalid range: failed to overlap") }
        return ranges
    }

    /// `nil`: it begins behind the file's end.
    private static func range(_ text: Substring, size: Int64) throws(Unsatisfiable) -> Range<Int64>? {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw invalid }
        let (from, to) = (parts[0].trimmed, parts[1].trimmed)
        if from.isEmpty {
            guard let count = number(to) else { throw invalid }
            return size - min(count, size)..<size
        }
        guard let start = number(from) else { throw invalid }
        if start >= size { return nil }
        if to.isEmpty { return start..<size }
        guard let end = number(to), end >= start else { throw invalid }
        return start..<min(end, size - 1) + 1
    }

    private static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (48...57).contains($0) } ? Int64(text) : nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}

extension Time {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// As HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`. Source: RFC 9110, §5.6.7; its two obsolete forms are not read.
    init?(http text: String) {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].utf8.count == 2, words[3].utf8.count == 4,
            let month = Self.months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        self.init(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }

    var http: String {
        let words = description.split { "-T".contains($0) }
        // Rounded down. A file may claim to be of any time, the first that there is included.
        let day = seconds / 86400 - (seconds % 86400 < 0 ? 1 : 0)
        let month = Self.months[(Int(words[1]) ?? 1) - 1]
        return "\(Self.days[Int((day % 7 + 7) % 7)]), \(words[2]) \(month) \(words[0]) \(words[3].dropLast()) GMT"
    }
}
