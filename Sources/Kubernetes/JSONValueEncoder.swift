/// Encodes values into a ``JSONValue``.
package struct JSONValueEncoder: Encoder {
    package let codingPath: [any CodingKey] = []
    package var userInfo: [CodingUserInfoKey: Any] { [:] }
    private let target: Target

    private init(target: Target = Target()) { self.target = target }

    package static func encode(_ value: some Encodable) throws -> JSONValue {
        let encoder = JSONValueEncoder()
        try value.encode(to: encoder)
        return encoder.target.value
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        target.become(.object([:]))
        return KeyedEncodingContainer(Keyed<Key>(target: target))
    }
    package func unkeyedContainer() -> any UnkeyedEncodingContainer {
        target.become(.array([]))
        return Unkeyed(target: target)
    }
    package func singleValueContainer() -> any SingleValueEncodingContainer { Single(target: target) }
}

extension JSONValueEncoder {
    /// Where a value under construction goes.
    final class Target {
        private var own = JSONValue.null
        private var members: [String: Target] = [:]
        private var elements: [Target] = []

        /// Reads the finished value.
        var value: JSONValue {
            switch own {
            case .object: .object(members.mapValues(\.value))
            case .array: .array(elements.map(\.value))
            default: own
            }
        }

        func become(_ value: JSONValue) { own = value }
        func member(_ key: String) -> Target {
            let target = Target()
            members[key] = target
            return target
        }
        func element() -> Target {
            elements.append(Target())
            return elements[elements.count - 1]
        }
        var count: Int { elements.count }

        func encode(_ value: some Encodable) throws {
            switch value {
            case let value as String: own = .string(value)
            case let value as Bool: own = .bool(value)
            case let value as Double: own = .double(value)
            case let value as Float: own = .double(Double(value))
            case let value as any FixedWidthInteger: own = .int(Int64(clamping: value))
            case let value as JSONValue: adopt(value)
            default: try value.encode(to: JSONValueEncoder(target: self))
            }
        }

        private func adopt(_ value: JSONValue) {
            own = value
            switch value {
            case .object(let values): for (key, value) in values { member(key).adopt(value) }
            case .array(let values): for value in values { element().adopt(value) }
            default: break
            }
        }
    }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let target: Target
        let codingPath: [any CodingKey] = []
        mutating func encodeNil(forKey key: Key) { target.member(key.stringValue).become(.null) }
        mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
            try target.member(key.stringValue).encode(value)
        }
        mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type, forKey key: Key) -> KeyedEncodingContainer<N> {
            JSONValueEncoder(target: target.member(key.stringValue)).container(keyedBy: keyedBy)
        }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            JSONValueEncoder(target: target.member(key.stringValue)).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { JSONValueEncoder(target: target) }
        mutating func superEncoder(forKey key: Key) -> any Encoder {
            JSONValueEncoder(target: target.member(key.stringValue))
        }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let target: Target
        let codingPath: [any CodingKey] = []
        var count: Int { target.count }
        mutating func encodeNil() { target.element().become(.null) }
        mutating func encode<T: Encodable>(_ value: T) throws { try target.element().encode(value) }
        mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type) -> KeyedEncodingContainer<N> {
            JSONValueEncoder(target: target.element()).container(keyedBy: keyedBy)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            JSONValueEncoder(target: target.element()).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { JSONValueEncoder(target: target.element()) }
    }

    struct Single: SingleValueEncodingContainer {
        let target: Target
        let codingPath: [any CodingKey] = []
        mutating func encodeNil() { target.become(.null) }
        mutating func encode<T: Encodable>(_ value: T) throws { try target.encode(value) }
    }
}
