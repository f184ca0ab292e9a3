import Foundation
import JSONText
import Kubernetes
import Testing

@testable import Pods

/// The table of `docs/podspec.md` says of every field of a PodSpec what the node does with it; here it is made anew from
/// the API's types and from what admission says, and compared.
@Suite struct `The table of a PodSpec's fields` {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test func `says of each what the node does with it`() throws {
        let file = Self.repository.appending(path: "docs/podspec.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let head = text.prefix(upTo: try #require(text.range(of: "| field |")).lowerBound)
        let types = try GeneratedTypes(folder: Self.repository.appending(path: "Sources/Kubernetes/Generated"))
        let rows = FieldTable(types: types).rows(of: "PodSpec", at: ["spec"])
        #expect(rows.count > 100)
        let expected =
            head + "| field | |\n| --- | --- |\n" + rows.map { "| `\($0.path)` | \($0.verdict) |\n" }.joined()
        if ProcessInfo.processInfo.environment["SWIFTLET_WRITE_DOCS"] != nil {
            try String(expected).write(to: file, atomically: true, encoding: .utf8)
        } else {
            #expect(text == expected, "SWIFTLET_WRITE_DOCS=1 writes it anew")
        }
    }
}

/// The members of the API's types, read from the sources that were generated from its description.
private struct GeneratedTypes {
    private var members: [String: [(name: String, type: String)]] = [:]

    init(folder: URL) throws {
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
            var type = ""
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                if let found = line.firstMatch(of: /^package struct (\w+)/) { type = String(found.1) }
                guard let found = line.firstMatch(of: /^    (?:package|private) var _?`?(\w+)`?: (.+)\?$/) else {
                    continue
                }
                var kind = String(found.2)
                if kind.hasPrefix("Box<") { kind = String(kind.dropFirst(4).dropLast()) }
                self.members[type, default: []].append((String(found.1), kind))
            }
        }
    }

    func members(of type: String) -> [(name: String, type: String)]? { members[type]?.sorted { $0.name < $1.name } }
}

private struct FieldTable {
    let types: GeneratedTypes

    /// One row for each field, or one for all below it where they share a verdict.
    func rows(of type: String, at path: [String]) -> [(path: String, verdict: String)] {
        (types.members(of: type) ?? []).flatMap { name, kind -> [(path: String, verdict: String)] in
            let isList = kind.hasPrefix("[") && !kind.contains(":")
            let element = isList ? String(kind.dropFirst().dropLast()) : kind
            let place = path + [isList ? name + "[]" : name]
            guard types.members(of: element) != nil else {
                return [(place.joined(separator: "."), verdict(at: place, element))]
            }
            let below = rows(of: element, at: place)
            guard let first = below.first, below.allSatisfy({ $0.verdict == first.verdict }) else {
                return below
            }
            return [(place.joined(separator: "."), first.verdict)]
        }
    }

    private func verdict(at path: [String], _ type: String) -> String {
        let pattern = path.joined(separator: ".").replacing("initContainers[]", with: "containers[]")
            .replacing("ephemeralContainers[]", with: "containers[]")
        if pattern.hasPrefix("spec.resources.claims[]") {
            return "refused: claims may not be set for Resources at pod-level"
        }
        if let values = SupportedFields.values[pattern] {
            return "works as "
                + values.map { "`\(String(decoding: $0.encoded, as: UTF8.self))`" }.joined(separator: ", ")
                + "; others are not supported yet"
        }
        guard let pod = pod(with: sample(type), at: path) else { return "not decoded" }
        if let reference = pod.staticReference {
            return SupportedFields.problems(in: pod).isEmpty
                ? "works in a cluster; static pods may not reference \(reference.object)"
                : "refused: not supported yet"
        }
        if type.contains("[String: Quantity") {
            let names = ["cpu", "memory", "ephemeral-storage", "hugepages-2Mi"].filter { name in
                let amounts = self.pod(with: .object([name: .string("1")]), at: path)
                return amounts.map { SupportedFields.problems(in: $0).isEmpty } ?? false
            }.map { "`\($0.replacing("2Mi", with: "…"))`" }
            guard let last = names.last else { return "refused: not supported yet" }
            return
                "works for \(names.dropLast().joined(separator: ", ")) and \(last); others are refused: not supported yet"
        }
        if path[1] == "ephemeralContainers[]", SupportedFields.problems(in: pod).isEmpty {
            return "works with `swiftlet debug`; a manifest's is refused: cannot be set on create"
        }
        if !SupportedFields.problems(in: pod).isEmpty { return "refused: not supported yet" }
        if Self.idle.contains(path[1]) { return "is taken, and means nothing without the cluster" }
        return "works"
    }

    private func pod(with value: JSON, at path: [String]) -> Kubernetes.Pod? {
        let object = path.reversed().reduce(value) { inner, name in
            name.hasSuffix("[]") ? .object([String(name.dropLast(2)): .array([inner])]) : .object([name: inner])
        }
        return try? JSONReader.read(Kubernetes.Pod.self, from: object)
    }

    /// For schedulers and controllers only.
    private static let idle: Set<String> = [
        "preemptionPolicy", "schedulerName", "tolerations[]", "topologySpreadConstraints[]", "enableServiceLinks",
        "automountServiceAccountToken", "affinity", "nodeSelector", "schedulingGates[]",
    ]

    private func sample(_ type: String) -> JSON {
        switch type {
        case "Bool": .bool(true)
        case "Int32", "Int64", "Double": 1
        case "Quantity", "IntOrString": .string("1")
        case "JSON": .string("x")
        case let map where map.hasPrefix("[String: Quantity"): .object(["x": .string("1")])
        case let map where map.hasPrefix("[String:"): .object(["x": .string("x")])
        default: .string("x")
        }
    }
}
