/// The name of a content: an algorithm and the hash that it gives, `sha256:…` with 64 lower-case hex digits.
///
/// Source: image-spec, descriptor.md, "Digests".
package struct Digest: Hashable, Sendable, Comparable {
    package let algorithm: String
    package let encoded: String

    private init(algorithm: String, encoded: String) {
        self.algorithm = algorithm
        self.encoded = encoded
    }

    /// A SHA-256 digest from its 64 hex digits.
    package init?(sha256 hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(\.isLowerHex) else { return nil }
        algorithm = "sha256"
        encoded = String(hex)
    }

    /// A SHA-256 digest from the 32 bytes of the hash.
    package init(sha256Bytes bytes: some Sequence<UInt8>) {
        algorithm = "sha256"
        let digits = Array("0123456789abcdef".utf8)
        encoded = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Parses `algorithm:encoded`. `nil` if the text breaks the grammar, or the length that SHA-256 has.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else { return nil }
        let words = parts[0].utf8.split(omittingEmptySubsequences: false) { "+._-".utf8.contains($0) }
        guard words.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLowerAlphanumeric } }) else { return nil }
        guard parts[1].utf8.allSatisfy({ $0.isAlphanumeric || "=_-".utf8.contains($0) }) else { return nil }
        if parts[0] == "sha256" {
            self.init(sha256: parts[1])
        } else {
            self.init(algorithm: String(parts[0]), encoded: String(parts[1]))
        }
    }

    /// Whether this program can compute the hash. A digest that nobody can check must not be used.
    package var isVerifiable: Bool { algorithm == "sha256" }

    package static func < (a: Digest, b: Digest) -> Bool { a.description < b.description }
}

extension Digest: CustomStringConvertible, Codable {
    package var description: String { "\(algorithm):\(encoded)" }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(text) is no digest")
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension UInt8 {
    package var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    package var isLowerAlphanumeric: Bool { isDigit || (self >= 0x61 && self <= 0x7a) }
    package var isAlphanumeric: Bool { isLowerAlphanumeric || (self >= 0x41 && self <= 0x5a) }
    package var isLowerHex: Bool { isDigit || (self >= 0x61 && self <= 0x66) }
}
