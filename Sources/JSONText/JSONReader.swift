/// Reads a value of a type that declares how it is coded, without Foundation: a program that starts a thousand times a
/// day should not pay for it.
///
/// Members that the type does not declare are skipped; `null` is as good as absent where the type allows it. Integers
/// are exact: `1.0` and `"1"` are no numbers for an integer member, as for the API server.
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

    /// Throws ``JSON/TypeError``, or what the type itself throws.
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
        guard case .array(let values) = value else { throw mismatch("a list") }
        return ListReader(values: values, codingPath: codingPath)
    }

    package func singleValueContainer() -> any SingleValueDecodingContainer { self }

    func mismatch(_ expected: String) -> DecodingError {
        let hint =
            switch (expected, value) {
            case ("a string", .bool), ("a string", .number): " (put it in quotes)"
            default: ""
            }
        return .dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "expected \(expected), found \(value.summary)\(hint)"))
    }

    private func integer<N: FixedWidthInteger>() throws -> N {
        guard case .number(let text) = value else { throw mismatch("a number") }
        guard let number = N(text) else { throw mismatch("a number from \(N.min) to \(N.max)") }
        return number
    }
}

extension JSON {
    /// A value that is not what it should be: `linux.namespaces[0].type: expected a string, found 3`.
    package struct TypeError: Error, Equatable, CustomStringConvertible {
        /// Where the value stands: `linux.namespaces[0].type`; empty for the outermost one.
        package let path: String
        package let problem: String
        package var description: String { path.isEmpty ? problem : "\(path): \(problem)" }

        init(_ error: DecodingError) {
            let context: DecodingError.Context =
                switch error {
                case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                    .dataCorrupted(let context):
                    context
                @unknown default: .init(codingPath: [], debugDescription: "\(error)")
                }
            path = context.codingPath.reduce("") { path, key in
                if let index = key.intValue { return "\(path)[\(index)]" }
                return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
            }
            problem = context.debugDescription
        }
    }
}

extension JSONReader: SingleValueDecodingContainer {
    package func decodeNil() -> Bool { value == .null }
    package func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let bool) = value else { throw mismatch("true or false") }
        return bool
    }
    package func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = value else { throw mismatch("a string") }
        return text
    }
    package func decode(_ type: Double.Type) throws -> Double {
        guard case .number(let text) = value, let number = Double(text), number.isFinite else {
            throw mismatch("a number")
        }
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
        guard case .array(let values) = value else { throw mismatch("a list") }
        return try values.enumerated().map { index, value in
            guard case .string(let text) = value else {
                throw JSONReader(value, at: codingPath + [Index(index)]).mismatch("a string")
            }
            return text
        }
    }
}
