package import JSONText
import Linux

/// One question to the API server.
package struct APIRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// How a patch is to be understood. Source: "Server-Side Patch", API concepts.
    package enum PatchType: String, Sendable {
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
        case json = "application/json-patch+json"
    }

    package var method: Method
    package var path: String
    package var query: [(name: String, value: String)]
    package var body: [UInt8]?
    package var contentType = "application/json"
    /// How long the whole answer may take.
    package var timeout = Duration.seconds(30)
    /// It does not wait for its turn: what tells the cluster that the node lives, and what is limited elsewhere.
    package var isUrgent = false

    package init(
        _ method: Method, _ path: String, query: [(name: String, value: String)] = [], body: JSON? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body?.encoded
    }

    package init(patching path: String, with patch: JSON, as type: PatchType) {
        self.init(.patch, path, body: patch)
        contentType = type.rawValue
    }

    /// For people: `patch /api/v1/nodes/a/status`.
    package var name: String { "\(method.rawValue.lowercased()) \(path)" }

    /// Path and query as they are sent.
    var target: String {
        let parameters = query.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }
        return parameters.isEmpty ? path : "\(path)?\(parameters.joined(separator: "&"))"
    }

    /// Source: RFC 3986, §2.3: all but unreserved characters.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 0x2D, 0x2E, 0x5F, 0x7E: escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                escaped += "%" + [byte].hexadecimal.uppercased()
            }
        }
        return escaped
    }
}
