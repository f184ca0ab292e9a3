package import JSONText

/// The objects of one text, a manifest or the answer of a URL, and what in it the API does not know.
package struct Manifest: Equatable, Sendable {
    /// How large a manifest may be. Source: kubelet's `maxConfigLength`.
    package static let maximumSize = 10 << 20

    package var pods: [Pod] = []
    package var configMaps: [ConfigMap] = []
    package var secrets: [Secret] = []
    package var volumes: [PersistentVolume] = []
    package var claims: [PersistentVolumeClaim] = []
    package var runtimeClasses: [RuntimeClass] = []
    /// One line each, e.g. `spec.containers[0].imagee: unknown field`.
    package var warnings: [String] = []
    /// How many documents the text has.
    package var documents = 0

    /// Whether it holds anything but pods.
    package var hasLocalObjects: Bool {
        !configMaps.isEmpty || !secrets.isEmpty || !volumes.isEmpty || !claims.isEmpty || !runtimeClasses.isEmpty
    }

    /// Reads a text of one or more documents, each a `v1` object or a list of them, as YAML or JSON.
    package init(_ bytes: [UInt8]) throws(ManifestError) {
        let documents = try JSON.documents(of: bytes)
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

    private mutating func append(document: JSON) throws(ManifestError) {
        guard case .object = document else {
            throw .field(path: "", problem: "expected a Pod, found \(document.summary)")
        }
        let version = document["kind"] == .string("RuntimeClass") ? "node.k8s.io/v1" : "v1"
        try Self.require(version, of: "apiVersion", in: document)
        switch document["kind"] {
        case .string("PodList"): try appendItems(of: document, kind: "Pod")
        case .string("List"): try appendItems(of: document, kind: nil)
        case .string(let kind): try append(document, kind: kind, at: "")
        case nil, .null: throw .field(path: "kind", problem: "required: Pod or PodList")
        case .some(let other): throw .field(path: "kind", problem: "expected Pod or PodList, found \(other.summary)")
        }
    }

    private static func require(_ value: String, of key: String, in document: JSON) throws(ManifestError) {
        guard let found = document[key], found != .null else {
            throw .field(path: key, problem: "required: \(value)")
        }
        guard found == .string(value) else {
            throw .field(path: key, problem: "expected \"\(value)\", found \(found.summary)")
        }
    }

    /// Items of a list of pods need not repeat their kind.
    private mutating func appendItems(of list: JSON, kind: String?) throws(ManifestError) {
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

    private mutating func append(_ value: JSON, kind: String, at path: String) throws(ManifestError) {
        switch kind {
        case "Pod": pods.append(try decode(value, at: path))
        case "ConfigMap": configMaps.append(try decode(value, at: path))
        case "Secret": secrets.append(try decode(value, at: path))
        case "PersistentVolume": volumes.append(try decode(value, at: path))
        case "PersistentVolumeClaim": claims.append(try decode(value, at: path))
        case "RuntimeClass": runtimeClasses.append(try decode(value, at: path))
        default:
            throw .field(
                path: path.isEmpty ? "kind" : "\(path).kind",
                problem: "expected Pod or PodList, found \"\(kind)\" (ConfigMap, Secret, PersistentVolume, "
                    + "PersistentVolumeClaim and RuntimeClass are known as well)")
        }
    }

    private mutating func decode<Object: Codable>(
        _ value: JSON, at path: String
    ) throws(ManifestError) -> Object {
        do {
            let object = try JSONReader.read(Object.self, from: value)
            let known = try JSONWriter.write(object)
            warnings += value.members(missingFrom: known, at: FieldPath(path)).map { "\($0): unknown field" }
            return object
        } catch let error as JSON.TypeError {
            throw .field(
                path: [path, error.path].filter { !$0.isEmpty }.joined(separator: "."), problem: error.problem)
        } catch {
            throw .field(path: path, problem: "\(error)")
        }
    }
}

extension JSON {
    /// The members that are set here and absent there: what decoding and encoding again has lost.
    package func members(missingFrom other: JSON?, at path: FieldPath = FieldPath("")) -> [FieldPath] {
        switch (self, other) {
        case (.null, _): []
        case (_, nil): [path]
        case (.object(let object), .object(let others)?):
            object.members.flatMap { name, value in
                value.members(missingFrom: others[name], at: path.child(name))
            }
        case (.array(let elements), .array(let others)?):
            elements.enumerated().flatMap { index, value in
                value.members(missingFrom: index < others.count ? others[index] : nil, at: path.index(index))
            }
        default: []
        }
    }
}
