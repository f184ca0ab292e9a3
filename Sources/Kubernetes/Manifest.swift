/// The objects of one text, a manifest or the answer of a URL, and what in it the API does not know.
package struct Manifest: Equatable, Sendable {
    package var pods: [Pod] = []
    package var configMaps: [ConfigMap] = []
    package var secrets: [Secret] = []
    package var volumes: [PersistentVolume] = []
    package var claims: [PersistentVolumeClaim] = []
    /// One line each, e.g. `spec.containers[0].imagee: unknown field`.
    package var warnings: [String] = []
    /// How many documents the text has.
    package var documents = 0

    /// Whether it holds anything but pods.
    package var hasLocalObjects: Bool {
        !configMaps.isEmpty || !secrets.isEmpty || !volumes.isEmpty || !claims.isEmpty
    }

    /// Reads a text of one or more documents, each a `v1` object or a list of them, as YAML or JSON.
    package init(_ bytes: [UInt8]) throws(ManifestError) {
        let documents = try JSONValue.documents(of: bytes)
        guard !documents.isEmpty else { throw .text("it holds no object") }
        self.documents = documents.count
        for (index, document) in documents.enumerated() {
            do throws(ManifestError) {
                try append(document: document)
            } catch {
                if documents.count == 1 { throw error }
                throw .text("document \(index + 1): \(error)")
            }
        }
    }

    private mutating func append(document: JSONValue) throws(ManifestError) {
        guard case .object = document else {
            throw .field(path: "", problem: "expected a Pod, found \(document.summary)")
        }
        try Self.require("v1", of: "apiVersion", in: document)
        switch document["kind"] {
        case .string("PodList"): try appendItems(of: document, kind: "Pod")
        case .string("List"): try appendItems(of: document, kind: nil)
        case .string(let kind): try append(document, kind: kind, at: "")
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

    /// Items of a list of pods need not repeat their kind.
    private mutating func appendItems(of list: JSONValue, kind: String?) throws(ManifestError) {
        guard case .array(let items) = list["items"] else {
            throw .field(path: "items", problem: "expected a list, found \(list["items"]?.summary ?? "nothing")")
        }
        for (index, item) in items.enumerated() {
            if let kind, let found = item["kind"], found != .string(kind) {
                throw .field(path: "items[\(index)].kind", problem: "expected \"\(kind)\", found \(found.summary)")
            }
            try append(item, kind: kind ?? item["kind"]?.string ?? "Pod", at: "items[\(index)]")
        }
    }

    private mutating func append(_ value: JSONValue, kind: String, at path: String) throws(ManifestError) {
        switch kind {
        case "Pod": pods.append(try decode(value, at: path))
        case "ConfigMap": configMaps.append(try decode(value, at: path))
        case "Secret": secrets.append(try decode(value, at: path))
        case "PersistentVolume": volumes.append(try decode(value, at: path))
        case "PersistentVolumeClaim": claims.append(try decode(value, at: path))
        default:
            throw .field(
                path: path.isEmpty ? "kind" : "\(path).kind",
                problem: "expected Pod or PodList, found \"\(kind)\" (ConfigMap, Secret, PersistentVolume and "
                    + "PersistentVolumeClaim are known as well)")
        }
    }

    private mutating func decode<Object: Codable>(
        _ value: JSONValue, at path: String
    ) throws(ManifestError) -> Object {
        do {
            let object = try JSONValueDecoder.decode(Object.self, from: value)
            let known = try JSONValueEncoder.encode(object)
            warnings += value.members(missingFrom: known, at: FieldPath(path)).map { "\($0): unknown field" }
            return object
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
