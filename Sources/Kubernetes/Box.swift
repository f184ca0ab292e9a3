/// A value kept on the heap: an object of the API with many large members stays small while they are absent.
///
/// Copies share it: of two that come from one it is seen at once that they are equal.
package struct Box<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    private final class Storage: Sendable {
        let value: Value
        init(_ value: Value) { self.value = value }
    }

    private let storage: Storage

    package init(_ value: Value) { storage = Storage(value) }
    package init(from decoder: any Decoder) throws { self.init(try Value(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

    package var value: Value { storage.value }

    package static func == (one: Self, other: Self) -> Bool {
        one.storage === other.storage || one.value == other.value
    }
}
