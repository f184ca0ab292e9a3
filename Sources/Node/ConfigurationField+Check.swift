import JSONText
import Kubernetes

extension ConfigurationField {
    /// What is wrong with a value: fields that nobody knows, values of the wrong kind. A line each, with the path.
    func problems(of value: JSON, at path: FieldPath) -> [String] {
        switch (self, value) {
        case (_, .null), (.any, _): []
        case (.object(let fields), .object(let object)): Self.problems(of: object, knowing: fields, at: path)
        case (.list(let fields), .array(let elements)):
            Self.problems(of: elements, as: .object(fields), at: path)
        case (.strings, .array(let elements)): Self.problems(of: elements, as: .string, at: path)
        case (.integers, .array(let elements)): Self.problems(of: elements, as: .integer, at: path)
        case (.texts, .object(let object)): Self.problems(of: object, as: .string, at: path)
        case (.switches, .object(let object)): Self.problems(of: object, as: .bool, at: path)
        case (.textLists, .object(let object)): Self.problems(of: object, as: .strings, at: path)
        case (.bool, .bool), (.string, .string), (.number, .number): []
        case (.integer, .number(let text)) where Int64(text) != nil: []
        case (.duration, .string(let text)) where GoDuration(text) != nil: []
        default: ["\(path): expected \(expected), found \(value.summary)"]
        }
    }

    private static func problems(
        of object: JSON.Object, knowing fields: [String: ConfigurationField], at path: FieldPath
    ) -> [String] {
        object.members.flatMap { key, value in
            let place = path.child(key)
            guard let field = fields[key] else {
                let near = nearest(to: key, among: fields.keys).map { ": did you mean \(path.child($0))" } ?? ""
                return ["\(place): unknown field\(near)"]
            }
            return field.problems(of: value, at: place)
        }
    }

    private static func problems(of object: JSON.Object, as field: Self, at path: FieldPath) -> [String] {
        object.members.flatMap { field.problems(of: $1, at: path.key($0)) }
    }

    private static func problems(of elements: [JSON], as field: Self, at path: FieldPath) -> [String] {
        elements.enumerated().flatMap { field.problems(of: $1, at: path.index($0)) }
    }

    private var expected: String {
        switch self {
        case .bool: "true or false"
        case .integer: "a whole number"
        case .number: "a number"
        case .string: "a text in quotes"
        case .duration: "a duration such as \"1m30s\""
        case .strings, .integers, .list: "a list"
        case .texts, .textLists, .switches, .object, .any: "an object"
        }
    }

    /// The known name that a wrong one is most likely meant to be; `nil` if none is close.
    static func nearest(to wrong: String, among names: some Collection<String>) -> String? {
        let limit = max(2, wrong.count / 3)
        let ranked = names.map { (distance: distance(wrong.lowercased(), $0.lowercased()), name: $0) }
        return ranked.filter { $0.distance <= limit }.min { ($0.distance, $0.name) < ($1.distance, $1.name) }?.name
    }

    /// Levenshtein's: how many letters must be put in, taken out or exchanged.
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (i, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, candidate) in other.enumerated() {
                let replaced = diagonal + (letter == candidate ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(replaced, diagonal + 1, row[j] + 1)
            }
        }
        return row[other.count]
    }
}
