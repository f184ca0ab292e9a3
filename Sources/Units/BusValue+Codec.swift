/// Writes values as D-Bus does on a little-endian machine: each at a multiple of its size from the message's start.
struct BusWriter {
    private(set) var bytes: [UInt8] = []

    mutating func pad(to alignment: Int) {
        while bytes.count % alignment != 0 { bytes.append(0) }
    }

    mutating func integer(_ value: some FixedWidthInteger) {
        let size = value.bitWidth / 8
        pad(to: size)
        for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    mutating func append(raw: some Sequence<UInt8>) { bytes += raw }

    mutating func append(_ value: BusValue) throws(MalformedBusMessage) {
        switch value {
        case .byte(let value): bytes.append(value)
        case .bool(let value): integer(UInt32(value ? 1 : 0))
        case .int32(let value): integer(value)
        case .uint32(let value): integer(value)
        case .int64(let value): integer(value)
        case .uint64(let value): integer(value)
        case .double(let value): integer(value.bitPattern)
        case .string(let text), .objectPath(let text):
            integer(UInt32(text.utf8.count))
            bytes += Array(text.utf8) + [0]
        case .signature(let text):
            guard text.utf8.count <= 255 else { throw MalformedBusMessage(reason: "signature too long") }
            bytes += [UInt8(text.utf8.count)] + Array(text.utf8) + [0]
        case .structure(let members):
            pad(to: 8)
            for member in members { try append(member) }
        case .entry(let key, let value):
            pad(to: 8)
            try append(key)
            try append(value)
        case .variant(let value):
            try append(.signature(value.signature))
            try append(value)
        case .array(let element, let values): try append(array: values, of: element)
        }
    }

    private mutating func append(array values: [BusValue], of element: String) throws(MalformedBusMessage) {
        guard let type = try BusType.parse(element).first else { throw MalformedBusMessage(reason: "array of nothing") }
        integer(UInt32(0))
        let lengthAt = bytes.count - 4
        // The length counts from the first element, after what pads it.
        pad(to: type.alignment)
        let start = bytes.count
        for value in values {
            guard value.signature == element else { throw MalformedBusMessage(reason: "array of mixed types") }
            try append(value)
        }
        let length = UInt32(bytes.count - start)
        for index in 0..<4 { bytes[lengthAt + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index))) }
    }
}

/// Reads values. Every length is checked before it is believed.
struct BusReader {
    private let bytes: [UInt8]
    private var at = 0
    private let end: Int

    /// - Parameter alignedFrom: index of the message's part that alignment counts from is always 0 of `bytes`.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        end = bytes.count
    }

    var isAtEnd: Bool { at >= end }

    mutating func pad(to alignment: Int) throws(MalformedBusMessage) {
        let next = (at + alignment - 1) / alignment * alignment
        guard next <= end else { throw MalformedBusMessage(reason: "too short") }
        at = next
    }

    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(MalformedBusMessage) -> Integer {
        let size = Integer.bitWidth / 8
        try pad(to: size)
        guard at + size <= end else { throw MalformedBusMessage(reason: "too short") }
        var value: Integer = 0
        for index in 0..<size { value |= Integer(truncatingIfNeeded: UInt64(bytes[at + index]) << (8 * index)) }
        at += size
        return value
    }

    private mutating func text(length: Int) throws(MalformedBusMessage) -> String {
        guard length < end - at else { throw MalformedBusMessage(reason: "text longer than the message") }
        defer { at += length + 1 }
        return String(decoding: bytes[at..<at + length], as: UTF8.self)
    }

    mutating func value(_ type: BusType, depth: Int = 0) throws(MalformedBusMessage) -> BusValue {
        guard depth < 64 else { throw MalformedBusMessage(reason: "nested too deeply") }
        switch type.text.first {
        case "y": return .byte(try integer(UInt8.self))
        case "b": return .bool(try integer(UInt32.self) != 0)
        case "n": return .int32(Int32(try integer(Int16.self)))
        case "q": return .uint32(UInt32(try integer(UInt16.self)))
        case "i": return .int32(try integer(Int32.self))
        case "u", "h": return .uint32(try integer(UInt32.self))
        case "x": return .int64(try integer(Int64.self))
        case "t": return .uint64(try integer(UInt64.self))
        case "d": return .double(Double(bitPattern: try integer(UInt64.self)))
        case "s": return .string(try text(length: Int(integer(UInt32.self))))
        case "o": return .objectPath(try text(length: Int(integer(UInt32.self))))
        case "g": return .signature(try text(length: Int(integer(UInt8.self))))
        case "v":
            let types = try BusType.parse(text(length: Int(integer(UInt8.self))))
            guard types.count == 1 else { throw MalformedBusMessage(reason: "variant of \(types.count) types") }
            return .variant(try value(types[0], depth: depth + 1))
        case "a": return try array(type, depth)
        default: return try group(type, depth)
        }
    }

    private mutating func array(_ type: BusType, _ depth: Int) throws(MalformedBusMessage) -> BusValue {
        let length = Int(try integer(UInt32.self))
        let element = BusType(text: type.contents)
        try pad(to: element.alignment)
        // Source: the D-Bus specification: at most 64 MiB.
        guard length <= 1 << 26, length <= end - at else { throw MalformedBusMessage(reason: "array too long") }
        let last = at + length
        var values: [BusValue] = []
        while at < last { values.append(try value(element, depth: depth + 1)) }
        guard at == last else { throw MalformedBusMessage(reason: "array of another length") }
        return .array(of: String(type.contents), values)
    }

    private mutating func group(_ type: BusType, _ depth: Int) throws(MalformedBusMessage) -> BusValue {
        try pad(to: 8)
        var members: [BusValue] = []
        for member in try BusType.parse(type.contents) { members.append(try value(member, depth: depth + 1)) }
        return type.text.first == "{" && members.count == 2 ? .entry(members[0], members[1]) : .structure(members)
    }
}
