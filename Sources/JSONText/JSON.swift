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
        /// Where each name stands, once there are so many that looking through them would take longer.
        private var places: [String: Int] = [:]
        private static let few = 16

        package init(_ members: [(name: String, value: JSON)] = []) {
            for member in members { self[member.name] = member.value }
        }

        private func place(of name: String) -> Int? {
            places.isEmpty ? members.firstIndex { $0.name == name } : places[name]
        }

        package subscript(name: String) -> JSON? {
            get { place(of: name).map { members[$0].value } }
            set {
                if let newValue {
                    update(name, with: newValue)
                } else if let place = place(of: name) {
                    members.remove(at: place)
                    places = [:]
                    if members.count > Self.few { rememberPlaces() }
                }
            }
        }

        /// Sets a member, and tells whether it was there.
        @discardableResult
        mutating func update(_ name: String, with value: JSON) -> Bool {
            if let place = place(of: name) {
                members[place].value = value
                return true
            }
            members.append((name, value))
            if !places.isEmpty {
                places[name] = members.count - 1
            } else if members.count > Self.few {
                rememberPlaces()
            }
            return false
        }

        private mutating func rememberPlaces() {
            for (place, member) in members.enumerated() { places[member.name] = place }
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

    /// The same value with the members of every object in the order of their names.
    package var sorted: JSON {
        switch self {
        case .array(let values): .array(values.map(\.sorted))
        case .object(let object):
            .object(Object(object.members.map { ($0.name, $0.value.sorted) }.sorted { $0.name < $1.name }))
        default: self
        }
    }

    /// What the value is, for a sentence about it.
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

    /// What was found, for a message: `"text"`, `3`, `true`, `null`, `a list`, `an object`.
    package var summary: String {
        switch self {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .number(let text): text
        case .string(let string): "\"\(string.count > 60 ? string.prefix(60) + "…" : string)\""
        case .array: "a list"
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

extension JSON.Object: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(elements.map { (name: $0.0, value: $0.1) })
    }
}
