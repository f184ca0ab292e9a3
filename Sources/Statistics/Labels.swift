/// The labels of one sample, in the form in which they are written: `pod="web",namespace="default"`.
package struct Labels: Hashable, Sendable {
    package private(set) var text = ""

    package init(_ labels: KeyValuePairs<String, String> = [:]) {
        for (name, value) in labels { append(name, value) }
    }

    package func adding(_ name: String, _ value: some StringProtocol) -> Labels {
        var labels = self
        labels.append(name, value)
        return labels
    }

    private mutating func append(_ name: String, _ value: some StringProtocol) {
        if !text.isEmpty { text.append(",") }
        text.append(name)
        text.append("=\"")
        text.append(escaped(value, quotes: true))
        text.append("\"")
    }
}

/// Source: Prometheus, "Text-based format": backslash and line feed, and in values the quotation mark.
func escaped(_ text: some StringProtocol, quotes: Bool) -> String {
    let isPlain = !text.utf8.contains { byte in
        byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\n") || quotes && byte == UInt8(ascii: "\"")
    }
    if isPlain { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\"" where quotes: result += "\\\""
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
