/// Reads a value of a type that declares how it is coded, without Foundation: a program that starts a thousand times a
/// day should not pay for it.
///
/// Members that the type does not declare are skipped; `null` is as good as absent where the type allows it.
package struct JSONReader: Decoder {
    let value: JSON
    package let codingPath: [any CodingKey]
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package init(_ value: JSON) { self.init(value, at: []) }

    init(_ value: JSON, at path: [any CodingKey]) {
        self.value = value
        codingPath = path
    }

    /// Reads a whole text.
    package static func read<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws -> T {
        try read(type, from: JSON(parsing: bytes))
    }

    package static func read<T: Decodable>(_ type: T.Type, from value: JSON) throws -> T {
        do {
            return try T(from: JSONReader(value))
        } catch let error as DecodingError {
            throw JSON.TypeError(error)
        }
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let object) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(KeyedReader<Key>(object: object, codingPath: codingPath))
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = value else { throw mismatch("an array") }
        return ListReader(values: values, codingPath: codingPath)
    }

    package func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ wanted: String) -> DecodingError {
        .dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(value.kind) instead of \(wanted)"))
    }

    /// Numbers are whole ones in every format that is read this way.
    func integer<N: FixedWidthInteger>() throws -> N {
        guard case .number(let text) = value else { throw mismatch("a number") }
        guard let number = N(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: codingPath, debugDescription: "\(text) is not a whole number in range"))
        }
        return number
    }
}

extension JSON {
    /// A value that is not what it should be: `linux.namespaces.0.type: a number instead of a string`.
    package struct TypeError: Error, Equatable, CustomStringConvertible {
        package let description: String

        init(_ error: DecodingError) {
            let (context, what): (DecodingError.Context, String?) =
                switch error {
                case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                    (context, nil)
                @unknown default: (.init(codingPath: [], debugDescription: "unexpected value"), nil)
                }
            let path = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
            let reason = what ?? context.debugDescription
            description = path.isEmpty ? reason : "\(path.joined(separator: ".")): \(reason)"
        }
    }
}

extension JSONReader: SingleValueDecodingContainer {
    package func decodeNil() -> Bool { value == .null }
    package func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let bool) = value else { throw mismatch("a boolean") }
        return bool
    }
    package func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }
    package func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let text) = value, let number = Double(text) else { throw mismatch("a number") }
        return number
    }
    package func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    package func decode(_ type: Int.Type) throws -> Int { try integer() }
    package func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    package func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    package func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    package func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    package func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    package func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    package func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    package func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    package func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }

    package func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // Most of what documents hold: spared the detour over a container for each element.
        if type == [String].self, let texts = try strings() as? T { return texts }
        return try T(from: self)
    }

    private func strings() throws -> [String] {
        guard case .array(let values) = value else { throw mismatch("an array") }
        return try values.map { value in
            guard case .string(let text) = value else { throw mismatch("an array of strings") }
            return text
        }
    }
}
