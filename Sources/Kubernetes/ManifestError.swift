/// Why a text is not an object of the API. Reads from the outside in, once the file's name is put before it.
package enum ManifestError: Error, Equatable {
    /// The text is not one that could hold an object at all: too large, not UTF-8, binary, not YAML …
    case text(String)
    /// One field is wrong: `spec.containers[0].ports[0].containerPort`, and what was expected there.
    case field(path: String, problem: String)
}

extension ManifestError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .text(let problem): problem
        case .field(let path, let problem): path.isEmpty ? problem : "\(path): \(problem)"
        }
    }
}

/// A place in an object as the API server writes it: `spec.containers[0].name`.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }

    package func child(_ name: String) -> FieldPath { FieldPath(description.isEmpty ? name : "\(description).\(name)") }
    package func index(_ index: Int) -> FieldPath { FieldPath("\(description)[\(index)]") }
    package func key(_ key: String) -> FieldPath { FieldPath("\(description)[\(key)]") }
}
