/// Makes JSON of a value of a type that declares how it is coded. Members come in the order of their names.
package struct JSONWriter: Encoder {
    package let codingPath: [any CodingKey] = []
    package var userInfo: [CodingUserInfoKey: Any] { [:] }
    private let target: Target

    private init(target: Target = Target()) { self.target = target }

    package static func write(_ value: some Encodable) throws -> JSON {
        let writer = JSONWriter()
        try value.encode(to: writer)
        return writer.target.value
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

extension JSONWriter {
    /// Where a value under construction goes.
    final class Target {
        private var own = JSON.null
        private var members: [String: Target] = [:]
        private var elements: [Target] = []

        /// Reads the finished value.
        var value: JSON {
            switch own {
            case .object where !members.isEmpty:
                .object(.init(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.value) }))
            case .array where !elements.isEmpty: .array(elements.map(\.value))
            default: own
            }
        }

        func become(_ value: JSON) { own = value }
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
            case let value as Double: own = value.isFinite ? .number("\(value)") : .null
            case let value as Float: try encode(Double(value))
            case let value as any FixedWidthInteger: own = .number("\(value)")
            case let value as JSON: own = value.sorted
            default: try value.encode(to: JSONWriter(target: self))
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
            JSONWriter(target: target.member(key.stringValue)).container(keyedBy: keyedBy)
        }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            JSONWriter(target: target.member(key.stringValue)).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { JSONWriter(target: target) }
        mutating func superEncoder(forKey key: Key) -> any Encoder {
            JSONWriter(target: target.member(key.stringValue))
        }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let target: Target
        let codingPath: [any CodingKey] = []
        var count: Int { target.count }
        mutating func encodeNil() { target.element().become(.null) }
        mutating func encode<T: Encodable>(_ value: T) throws { try target.element().encode(value) }
        mutating func nestedContainer<N: CodingKey>(keyedBy: N.Type) -> KeyedEncodingContainer<N> {
            JSONWriter(target: target.element()).container(keyedBy: keyedBy)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
            JSONWriter(target: target.element()).unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { JSONWriter(target: target.element()) }
    }

    struct Single: SingleValueEncodingContainer {
        let target: Target
        let codingPath: [any CodingKey] = []
        mutating func encodeNil() { target.become(.null) }
        mutating func encode<T: Encodable>(_ value: T) throws { try target.encode(value) }
    }
}
