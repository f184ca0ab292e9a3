/// The pods of one text, a manifest or the answer of a URL, and what in it the API does not know.
package struct Manifest: Equatable, Sendable {
    package var pods: [Pod] = []
    /// One line each, e.g. `spec.containers[0].imagee: unknown field`.
    package var warnings: [String] = []

    /// Reads a text that is one `v1` `Pod` or `PodList`, as YAML or JSON.
    package init(_ bytes: [UInt8]) throws(ManifestError) {
        let documents = try JSONValue.documents(of: bytes)
        guard let document = documents.first else { throw .text("it holds no object") }
        guard documents.count == 1 else {
            throw .text("it holds \(documents.count) documents; give each pod a file, or make it a v1 PodList")
        }
        guard case .object = document else {
            throw .field(path: "", problem: "expected a Pod, found \(document.summary)")
        }
        try Self.require("v1", of: "apiVersion", in: document)
        switch document["kind"] {
        case .string("Pod"): try append(document, at: "")
        case .string("PodList"), .string("List"): try appendItems(of: document)
        case nil, .null: throw .field(path: "kind", problem: "required: Pod or PodList")
        case .some(let other): throw .field(path: "kind", problem: "expected Pod or PodList, found \(other.summary)")
        }
    }

    private static func require(_ value: String, of key: String, in document: JSONValue) throws(ManifestError) {
        guard let found = document[key], found != .null else {
            throw .field(path: key, problem: "required: \(value)")
        }
        guard found == .string(value) else {
            throw .field(path: key, problem: "expected \"\(value)\", found \(found.summary)")
        }
    }

    private mutating func appendItems(of list: JSONValue) throws(ManifestError) {
        guard case .array(let items) = list["items"] else {
            throw .field(path: "items", problem: "expected a list, found \(list["items"]?.summary ?? "nothing")")
        }
        for (index, item) in items.enumerated() {
            // Items of a list need not repeat their kind.
            if let kind = item["kind"], kind != .string("Pod") {
                throw .field(path: "items[\(index)].kind", problem: "expected \"Pod\", found \(kind.summary)")
            }
            try append(item, at: "items[\(index)]")
        }
    }

    private mutating func append(_ value: JSONValue, at path: String) throws(ManifestError) {
        do {
            let pod = try JSONValueDecoder.decode(Pod.self, from: value)
            let known = try JSONValueEncoder.encode(pod)
            warnings += value.members(missingFrom: known, at: FieldPath(path)).map { "\($0): unknown field" }
            pods.append(pod)
        } catch let error as ManifestError {
            guard case .field(let inner, let problem) = error, !path.isEmpty else { throw error }
            throw .field(path: inner.isEmpty ? path : "\(path).\(inner)", problem: problem)
        } catch {
            throw .field(path: path, problem: "\(error)")
        }
    }
}

extension JSONValue {
    /// The members that are set here and absent there: what decoding and encoding again has lost.
    package func members(missingFrom other: JSONValue?, at path: FieldPath = FieldPath("")) -> [FieldPath] {
        switch (self, other) {
        case (.null, _): []
        case (_, nil): [path]
        case (.object(let members), .object(let others)?):
            members.sorted { $0.key < $1.key }.flatMap { key, value in
                value.members(missingFrom: others[key], at: path.child(key))
            }
        case (.array(let elements), .array(let others)?):
            elements.enumerated().flatMap { index, value in
                value.members(missingFrom: index < others.count ? others[index] : nil, at: path.index(index))
            }
        default: []
        }
    }
}
