/// A line of a kernel file that does not have the documented form.
package struct ParseError: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let line: String

    package init(file: String, line: String) {
        self.file = file
        self.line = line
    }

    package var description: String { "\(file): unexpected line \"\(line)\"" }
}

/// Reads "flat keyed" text: one `key value` a line.
func flatKeyed(_ text: some StringProtocol, file: String) throws(ParseError) -> [String: UInt64] {
    var values: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard words.count == 2, let value = UInt64(words[1]) else { throw ParseError(file: file, line: String(line)) }
        values[String(words[0])] = value
    }
    return values
}

/// Reads "nested keyed" text: a name, then `key=value` words, one name a line. Values are numbers, `max` or words.
///
/// A line that only names something has no values; a word without `=` is skipped.
func nestedKeyed(_ text: some StringProtocol) -> [(name: String, values: [String: String])] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
        let words = line.split(separator: " ")
        guard let name = words.first else { return nil }
        var values: [String: String] = [:]
        for word in words.dropFirst() {
            let pair = word.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
        }
        return (String(name), values)
    }
}

/// Reads one number.
func number(_ text: some StringProtocol, file: String) throws(ParseError) -> UInt64 {
    let word = text.split(whereSeparator: \.isWhitespace)
    guard word.count == 1, let value = UInt64(word[0]) else { throw ParseError(file: file, line: String(text)) }
    return value
}

/// The most of something that a group may have. The kernel writes no limit as `max`.
package enum Limit: Equatable, Comparable, Sendable, CustomStringConvertible {
    case unlimited
    case at(UInt64)

    package init(parsing text: some StringProtocol, file: String) throws(ParseError) {
        let words = text.split(whereSeparator: \.isWhitespace)
        let word = words.first.map { String($0) }
        self = word == "max" ? .unlimited : .at(try number(text, file: file))
    }

    package static func < (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.at(let one), .at(let other)): one < other
        case (.at, .unlimited): true
        case (.unlimited, _): false
        }
    }

    package var description: String {
        switch self {
        case .unlimited: "max"
        case .at(let value): "\(value)"
        }
    }
}
