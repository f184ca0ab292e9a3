/// Writes values one after the other, little-endian: no Foundation, no reflection, no pointers.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []
    package init() {}

    /// - Parameter value: of 64 bits at most.
    package mutating func number<N: FixedWidthInteger>(_ value: N) {
        append(UInt64(truncatingIfNeeded: value), size: N.bitWidth / 8)
    }
    /// What is generic is not specialised for other modules: it does as little as it can.
    private mutating func append(_ value: UInt64, size: Int) {
        for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * place))) }
    }
    package mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    package mutating func data(_ value: some Collection<UInt8>) {
        number(UInt32(value.count))
        bytes += value
    }
    package mutating func text(_ value: String) { data(value.utf8) }
    package mutating func list<T>(_ values: [T], _ write: (inout Self, T) -> Void) {
        number(UInt32(values.count))
        for value in values { write(&self, value) }
    }
    package mutating func optional<T>(_ value: T?, _ write: (inout Self, T) -> Void) {
        flag(value != nil)
        if let value { write(&self, value) }
    }
}

/// Why bytes are not what they claim to be.
package enum ByteError: Error, Equatable, CustomStringConvertible {
    case truncated
    case invalid(String)
    /// Whoever wrote it writes otherwise.
    case otherVersion

    package var description: String {
        switch self {
        case .truncated: "message ends too early"
        case .invalid(let what): "message has an invalid \(what)"
        case .otherVersion: "message is of another version"
        }
    }
}

/// Reads what ``ByteWriter`` wrote. Nothing is believed: a length is checked before anything is made of it.
package struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private var position = 0
    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var isAtEnd: Bool { position == bytes.count }

    package mutating func number<N: FixedWidthInteger>(_ type: N.Type = N.self) throws(ByteError) -> N {
        N(truncatingIfNeeded: try take(N.bitWidth / 8))
    }
    private mutating func take(_ size: Int) throws(ByteError) -> UInt64 {
        var value: UInt64 = 0
        for byte in try slice(size).reversed() { value = value << 8 | UInt64(byte) }
        return value
    }
    private mutating func slice(_ count: Int) throws(ByteError) -> ArraySlice<UInt8> {
        guard bytes.count - position >= count else { throw .truncated }
        defer { position += count }
        return bytes[position..<(position + count)]
    }
    package mutating func flag() throws(ByteError) -> Bool { try take(1) != 0 }
    package mutating func data() throws(ByteError) -> [UInt8] { Array(try slice(Int(try take(4)))) }
    /// Text for the kernel: a NUL would cut it.
    package mutating func text() throws(ByteError) -> String {
        let data = try slice(Int(try take(4)))
        if data.contains(0) { throw .invalid("text") }
        return String(decoding: data, as: UTF8.self)
    }
    package mutating func list<T>(
        _ read: (inout Self) throws(ByteError) -> T
    ) throws(ByteError) -> [T] {
        let count = Int(try take(4))
        // An element takes a byte at least.
        guard count <= bytes.count - position else { throw .truncated }
        var values: [T] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }
    package mutating func optional<T>(
        _ read: (inout Self) throws(ByteError) -> T
    ) throws(ByteError) -> T? {
        try flag() ? try read(&self) : nil
    }
    package mutating func texts() throws(ByteError) -> [String] {
        try list { (reader: inout ByteReader) throws(ByteError) in try reader.text() }
    }
}
