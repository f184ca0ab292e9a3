package import JSONText
import Yams

extension JSON {
    /// YAML in block style with sorted names, as `kubectl get -o yaml` writes it.
    package func yaml() -> String {
        (try? Yams.serialize(node: node, width: -1, allowUnicode: true, sortKeys: true)) ?? indented
    }

    private var node: Node {
        switch self {
        case .null: Node("null", Tag(.null))
        case .bool(let bool): Node(bool ? "true" : "false", Tag(.bool))
        case .number(let text): Node(text, Tag(Int64(text) == nil ? .float : .int))
        case .string(let text): Self.node(of: text)
        case .array(let elements): Node(elements.map(\.node), Tag(.seq), elements.isEmpty ? .flow : .block)
        case .object(let object):
            Node(
                object.members.map { (Self.node(of: $0.name), $0.value.node) }, Tag(.map),
                object.isEmpty ? .flow : .block)
        }
    }

    /// A text in quotes wherever a reader could take it for something else.
    private static func node(of text: String) -> Node {
        let isPlain = YAMLScalar.plain(text) == .string(text) && text.utf8.allSatisfy { $0 >= 32 }
        let style: Node.Scalar.Style = isPlain && text != "=" && text != "<<" ? .any : .doubleQuoted
        return Node(text, Tag(.str), style)
    }
}
