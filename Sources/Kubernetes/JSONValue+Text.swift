extension JSONValue {
    /// Reads JSON. Source: RFC 8259. A name given twice in one object is an error, as is nesting deeper than 256.
    package init(json bytes: [UInt8]) throws(ManifestError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }

    /// Compact JSON with sorted names, or one member a line.
    package func json(pretty: Bool = false) -> String {
        var text = ""
        write(to: &text, indent: pretty ? "\n" : nil)
        return text
    }

    private func write(to text: inout String, indent: String?) {
        let inner = indent.map { $0 + "  " }
        switch self {
        case .null: text += "null"
        case .bool(let bool): text += bool ? "true" : "false"
        case .int(let int): text += "\(int)"
        case .double(let double): text += double.isFinite ? "\(double)" : "null"
        case .string(let string): Self.quote(string, to: &text)
        case .array(let elements):
            text += "["
            for (index, element) in elements.enumerated() {
                text += (index > 0 ? "," : "") + (inner ?? "")
                element.write(to: &text, indent: inner)
            }
            text += (elements.isEmpty ? "" : indent ?? "") + "]"
        case .object(let members):
            text += "{"
            for (index, (key, value)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                text += (index > 0 ? "," : "") + (inner ?? "")
                Self.quote(key, to: &text)
                text += inner == nil ? ":" : ": "
                value.write(to: &text, indent: inner)
            }
            text += (members.isEmpty ? "" : indent ?? "") + "}"
        }
    }

    private static func quote(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x2028 || scalar.value == 0x2029:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

/// Reads one JSON text, byte by byte.
private struct JSONParser {
    let bytes: [UInt8]
    var position = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ManifestError) -> JSONValue {
        let value = try value()
        skipSpace()
        guard position == bytes.count else { throw problem("more text after the end of the JSON value") }
        return value
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func problem(_ what: String) -> ManifestError {
        let line = bytes[..<min(position, bytes.count)].reduce(1) { $0 + ($1 == 10 ? 1 : 0) }
        return .text("not JSON: line \(line): \(what)")
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { position += 1 }
    }

    private mutating func value() throws(ManifestError) -> JSONValue {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(ManifestError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(ManifestError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), .some(48...57): return try number()
        default:
            for (word, value) in [("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null)]
            where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
            throw problem(next == nil ? "the text ends too early" : "expected a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(ManifestError) -> JSONValue
    ) throws(ManifestError) -> JSONValue {
        depth += 1
        guard depth <= 256 else { throw problem("nested deeper than 256") }
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    /// Whether another element follows; consumes the comma or the end.
    private mutating func more(_ isFirst: Bool, until end: UInt8) throws(ManifestError) -> Bool {
        skipSpace()
        if next == end {
            position += 1
            return false
        }
        if isFirst { return true }
        guard next == UInt8(ascii: ",") else { throw problem("expected , or \(Character(UnicodeScalar(end)))") }
        position += 1
        return true
    }

    private mutating func array() throws(ManifestError) -> JSONValue {
        var elements: [JSONValue] = []
        while try more(elements.isEmpty, until: UInt8(ascii: "]")) { elements.append(try value()) }
        return .array(elements)
    }

    private mutating func object() throws(ManifestError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        while try more(members.isEmpty, until: UInt8(ascii: "}")) {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw problem("expected a name in quotes") }
            let key = try string()
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw problem("expected : after \"\(key)\"") }
            position += 1
            guard members.updateValue(try value(), forKey: key) == nil else {
                throw problem("\"\(key)\" is given twice")
            }
        }
        return .object(members)
    }

    private mutating func number() throws(ManifestError) -> JSONValue {
        let start = position
        while let byte = next, (48...57).contains(byte) || "+-.eE".utf8.contains(byte) { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if let int = Int64(text) { return .int(int) }
        guard let double = Double(text), double.isFinite else { throw problem("\(text) is not a number") }
        return .double(double)
    }

    private mutating func string() throws(ManifestError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw problem("not UTF-8") }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            case 0..<32: throw problem("a control character in a string")
            default: text.append(byte)
            }
        }
        throw problem("the text ends inside a string")
    }

    private mutating func escape() throws(ManifestError) -> Character {
        guard let byte = next else { throw problem("the text ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Character(UnicodeScalar(byte))
        case UInt8(ascii: "u"):
            let unit = try unit()
            if let scalar = UnicodeScalar(unit) { return Character(scalar) }
            guard (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: "\\u".utf8) else {
                return "\u{FFFD}"
            }
            position += 2
            let low = try self.unit()
            guard (0xDC00..<0xE000).contains(low) else { return "\u{FFFD}" }
            return UnicodeScalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)).map(Character.init) ?? "\u{FFFD}"
        default: throw problem("unknown escape in a string")
        }
    }

    private mutating func unit() throws(ManifestError) -> UInt32 {
        let digits = bytes[position..<min(position + 4, bytes.count)]
        guard digits.count == 4, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw problem("four hexadecimal digits must follow \\u") }
        position += 4
        return unit
    }
}
