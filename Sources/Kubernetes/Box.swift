/// A value kept on the heap: an object of the API with many large members stays small while they are absent.
package indirect enum Box<Value: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
    case holding(Value)

    package init(_ value: Value) { self = .holding(value) }
    package init(from decoder: any Decoder) throws { self = .holding(try Value(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

    package var value: Value {
        switch self {
        case .holding(let value): value
        }
    }
}
