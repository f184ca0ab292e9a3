extension JSON {
    /// Why a text is not JSON.
    package struct ParseError: Error, Equatable, CustomStringConvertible {
        package let reason: String
        /// Counted in bytes from 0.
        package let offset: Int
        package var description: String { "not JSON: \(reason) at byte \(offset)" }
    }

    /// Parses one value and nothing else, as RFC 8259 has it. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Parameter namesOnce: a name that an object holds twice is an error.
    package init(parsing bytes: [UInt8], namesOnce: Bool = false) throws(ParseError) {
        var parser = JSONParser(bytes: bytes, namesOnce: namesOnce)
        self = try parser.document()
    }

    package init(parsing text: String) throws(ParseError) { try self.init(parsing: Array(text.utf8)) }
}

private struct JSONParser {
    let bytes: [UInt8]
    let namesOnce: Bool
    var position = 0
    /// Deeper nesting is an error and not a crash; Go's decoder stops at 10,000.
    var depth = 0
    static let deepest = 256

    init(bytes: [UInt8], namesOnce: Bool) { (self.bytes, self.namesOnce) = (bytes, namesOnce) }

    func error(_ reason: String) -> JSON.ParseError { JSON.ParseError(reason: reason, offset: position) }

    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func document() throws(JSON.ParseError) -> JSON {
        let value = try value()
        skipSpace()
        guard next == nil else { throw error("more after the value") }
        return value
    }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func value() throws(JSON.ParseError) -> JSON {
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(JSON.ParseError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSON.ParseError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw error("the text ends early")
        default: return try number()
        }
    }

    mutating func nested(
        _ body: (inout JSONParser) throws(JSON.ParseError) -> JSON
    ) throws(JSON.ParseError) -> JSON {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.deepest { throw error("nested too deep") }
        position += 1
        return try body(&self)
    }

    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    mutating func object() throws(JSON.ParseError) -> JSON {
        var object = JSON.Object()
        if take("}") { return .object(object) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member needs a name") }
            let name = try string()
            guard take(":") else { throw error("a colon is missing") }
            if object.update(name, with: try value()), namesOnce { throw error("\(name) is given twice") }
        } while take(",")
        guard take("}") else { throw error("an object does not end") }
        return .object(object)
    }

    mutating func array() throws(JSON.ParseError) -> JSON {
        var values: [JSON] = []
        if take("]") { return .array([]) }
        repeat { values.append(try value()) } while take(",")
        guard take("]") else { throw error("an array does not end") }
        return .array(values)
    }

    mutating func word(_ word: String, _ value: JSON) throws(JSON.ParseError) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw error("an unknown word") }
        position += word.utf8.count
        return value
    }
}

extension JSONParser {
    mutating func digits() throws(JSON.ParseError) {
        let start = position
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
        if position == start { throw error("a digit is missing") }
    }

    mutating func number() throws(JSON.ParseError) -> JSON {
        let start = position
        if next == UInt8(ascii: "-") { position += 1 }
        guard let first = next, (0x30...0x39).contains(first) else { throw error("no value") }
        if first == 0x30 { position += 1 } else { try digits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func string() throws(JSON.ParseError) -> String {
        position += 1
        var text: [UInt8] = []
        // What comes before an escape is taken whole: most strings have none.
        var start = position
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                let rest = bytes[start..<position - 1]
                return text.isEmpty
                    ? String(decoding: rest, as: UTF8.self) : String(decoding: text + rest, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text += bytes[start..<position - 1]
                text += try escape()
                start = position
            case 0..<0x20: throw error("a control character in a string")
            default: break
            }
        }
        throw error("a string does not end")
    }

    mutating func escape() throws(JSON.ParseError) -> [UInt8] {
        guard let byte = next else { throw error("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
        default: throw error("an unknown escape")
        }
    }

    mutating func hexadecimal() throws(JSON.ParseError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
            bytes[position] != UInt8(ascii: "+")
        else { throw error("a \\u escape needs four digits") }
        position += 4
        return code
    }

    /// A pair of surrogates is one character; half a pair is U+FFFD, as in Go.
    mutating func scalar() throws(JSON.ParseError) -> Unicode.Scalar {
        let high = try hexadecimal()
        if (0xD800..<0xDC00).contains(high), bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) {
            let before = position
            position += 2
            let low = try hexadecimal()
            if (0xDC00..<0xE000).contains(low) {
                return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
            }
            position = before
        }
        return Unicode.Scalar(high) ?? "\u{FFFD}"
    }
}
