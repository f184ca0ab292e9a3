/// A JSON value that keeps what it does not understand: the order of members and every digit of a number.
///
/// A network plugin's configuration belongs to the plugin: passing it through a struct of ours would drop its own keys.
package enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The number as it was written: `1e400` and `18446744073709551615` survive.
    case number(String)
    case string(String)
    case array([JSON])
    case object(Object)

    /// Members in their order. Of two with one name the last counts, as in Go's decoder.
    package struct Object: Equatable, Sendable {
        package private(set) var members: [(name: String, value: JSON)] = []

        package init(_ members: [(name: String, value: JSON)] = []) {
            for member in members { self[member.name] = member.value }
        }

        package subscript(name: String) -> JSON? {
            get { members.first { $0.name == name }?.value }
            set {
                let index = members.firstIndex { $0.name == name }
                switch (index, newValue) {
                case (let index?, let value?): members[index].value = value
                case (let index?, nil): members.remove(at: index)
                case (nil, let value?): members.append((name, value))
                case (nil, nil): break
                }
            }
        }

        package var isEmpty: Bool { members.isEmpty }

        /// The order of members has no meaning.
        package static func == (left: Object, right: Object) -> Bool {
            left.members.count == right.members.count && left.members.allSatisfy { right[$0.name] == $0.value }
        }
    }
}

extension JSON {
    package subscript(name: String) -> JSON? {
        if case .object(let object) = self { object[name] } else { nil }
    }

    package var object: Object? { if case .object(let object) = self { object } else { nil } }
    package var array: [JSON]? { if case .array(let array) = self { array } else { nil } }
    package var string: String? { if case .string(let string) = self { string } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
    package var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }

    /// What the value is, for a message.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number("\(value)") }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(Object(elements.map { (name: $0.0, value: $0.1) }))
    }
}
