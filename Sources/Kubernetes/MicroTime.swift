/// A moment as the API writes it where seconds are too coarse: RFC 3339 in UTC with six digits behind the point.
/// Source: `meta/v1` `MicroTime`.
package struct MicroTime: Hashable, Comparable, Sendable {
    /// Since 1970-01-01T00:00:00Z.
    package var microseconds: Int64
    package init(microseconds: Int64 = 0) { self.microseconds = microseconds }
    package static func < (a: Self, b: Self) -> Bool { a.microseconds < b.microseconds }

    /// Reads RFC 3339; digits behind the sixth are cut off. Nil if it is not that.
    package init?(rfc3339 text: String) {
        guard let time = Time(rfc3339: text) else { return nil }
        let fraction = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1).dropFirst().first ?? []
        let digits = fraction.prefix { (48...57).contains($0) }.prefix(6)
        let value = digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
        let scale = (digits.count..<6).reduce(1) { scale, _ in scale * 10 }
        microseconds = time.seconds * 1_000_000 + value * Int64(scale)
    }
}

extension MicroTime: CustomStringConvertible {
    /// `2026-11-21T03:51:13.064281Z`.
    package var description: String {
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        let (whole, part) = rest < 0 ? (seconds - 1, rest + 1_000_000) : (seconds, rest)
        let digits = String(part)
        let fraction = String(repeating: "0", count: 6 - digits.count) + digits
        return "\(Time(seconds: whole).description.dropLast()).\(fraction)Z"
    }
}

extension MicroTime: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = MicroTime(rfc3339: text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a time such as 2006-01-02T15:04:05.000000Z, found \"\(text)\""))
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
