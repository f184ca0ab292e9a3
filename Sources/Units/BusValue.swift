/// A value that travels over D-Bus, of the types that systemd's units need.
///
/// - SeeAlso: the D-Bus specification, "Type System".
package indirect enum BusValue: Equatable, Sendable {
    case byte(UInt8)
    case bool(Bool)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case double(Double)
    case string(String)
    case objectPath(String)
    case signature(String)
    /// The signature of one element, then the elements.
    case array(of: String, [BusValue])
    case structure([BusValue])
    case entry(BusValue, BusValue)
    case variant(BusValue)

    package static func bytes(_ bytes: [UInt8]) -> BusValue { .array(of: "y", bytes.map { .byte($0) }) }
    package static func strings(_ texts: [String]) -> BusValue { .array(of: "s", texts.map { .string($0) }) }

    /// The type as D-Bus writes it.
    package var signature: String {
        switch self {
        case .byte: "y"
        case .bool: "b"
        case .int32: "i"
        case .uint32: "u"
        case .int64: "x"
        case .uint64: "t"
        case .double: "d"
        case .string: "s"
        case .objectPath: "o"
        case .signature: "g"
        case .array(let element, _): "a\(element)"
        case .structure(let members): "(\(members.map(\.signature).joined()))"
        case .entry(let key, let value): "{\(key.signature)\(value.signature)}"
        case .variant: "v"
        }
    }

    /// What a text, a path or a variant of one says.
    package var text: String? {
        switch self {
        case .string(let text), .objectPath(let text), .signature(let text): text
        case .variant(let value): value.text
        default: nil
        }
    }
}

/// A message that is not as the D-Bus specification has it.
package struct MalformedBusMessage: Error, Equatable, CustomStringConvertible {
    package let reason: String
    package var description: String { "malformed bus message: \(reason)" }
}

/// One complete type of a signature; alignment and what it is made of.
///
/// Source: the D-Bus specification, "Valid Signatures" and "Marshaling".
struct BusType: Equatable {
    var text: Substring

    /// Splits a signature into its complete types.
    static func parse(_ signature: some StringProtocol) throws(MalformedBusMessage) -> [BusType] {
        var rest = Substring(signature)
        guard rest.utf8.count <= 255 else { throw MalformedBusMessage(reason: "signature too long") }
        var types: [BusType] = []
        while !rest.isEmpty { types.append(BusType(text: try take(&rest, depth: 0))) }
        return types
    }

    private static func take(_ rest: inout Substring, depth: Int) throws(MalformedBusMessage) -> Substring {
        guard depth < 32, let letter = rest.first else { throw MalformedBusMessage(reason: "signature") }
        let start = rest.startIndex
        let whole = rest
        rest.removeFirst()
        switch letter {
        case "y", "b", "n", "q", "i", "u", "x", "t", "d", "s", "o", "g", "v", "h": break
        case "a": _ = try take(&rest, depth: depth + 1)
        case "(", "{":
            let end: Character = letter == "(" ? ")" : "}"
            var members = 0
            while rest.first != end {
                _ = try take(&rest, depth: depth + 1)
                members += 1
            }
            guard letter == "(" ? members > 0 : members == 2 else { throw MalformedBusMessage(reason: "signature") }
            rest.removeFirst()
        default: throw MalformedBusMessage(reason: "type \(letter)")
        }
        return whole[start..<rest.startIndex]
    }

    var alignment: Int {
        switch text.first {
        case "n", "q": 2
        case "b", "i", "u", "s", "o", "a", "h": 4
        case "x", "t", "d", "(", "{": 8
        default: 1
        }
    }

    /// Without the first letter, and for a structure without its brackets.
    var contents: Substring { text.first == "a" ? text.dropFirst() : text.dropFirst().dropLast() }
}
