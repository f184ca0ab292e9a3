import Kubernetes
import Yams

/// JSON values as YAML for people.
enum YAMLText {
    static func of(_ value: JSONValue) throws -> String { try Yams.serialize(node: node(value), width: -1) }

    private static func node(_ value: JSONValue) -> Node {
        switch value {
        case .null: Node("null", Tag(.null))
        case .bool(let bool): Node(bool ? "true" : "false", Tag(.bool))
        case .int(let int): Node("\(int)", Tag(.int))
        case .double(let double): Node("\(double)", Tag(.float))
        case .string(let string): text(string)
        case .array(let elements): Node.sequence(.init(elements.map(node), Tag(.seq)))
        case .object(let members):
            Node.mapping(.init(members.sorted { $0.key < $1.key }.map { (text($0.key), node($0.value)) }, Tag(.map)))
        }
    }

    /// A text that would be read back as something else is put in quotes.
    private static func text(_ string: String) -> Node {
        let isPlain: Bool
        if case .string(string) = (try? JSONValue.documents(of: Array(string.utf8)))?.first {
            isPlain = true
        } else {
            isPlain = false
        }
        let style: Node.Scalar.Style =
            string.contains("\n") ? .literal : isPlain ? .any : .doubleQuoted
        return Node.scalar(.init(string, Tag(.str), style))
    }
}
