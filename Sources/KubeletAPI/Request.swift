import NIOHTTP1

/// One request as far as its head tells.
struct Request: Sendable {
    var method: HTTPMethod
    /// As it was sent, without the query.
    var rawPath: String
    /// Decoded components; empty ones are left out, but for a last one: `/logs/` ends with an empty component.
    var path: [String]
    var query: Query
    /// As it was sent; `nil`: there is none.
    var rawQuery: String?
    var headers: HTTPHeaders
    var body: [UInt8] = []

    /// `nil`: the target is no path, or it is wrongly escaped.
    init?(_ head: HTTPRequestHead) {
        method = head.method
        headers = head.headers
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, first.hasPrefix("/"), let path = Self.components(of: first) else { return nil }
        rawPath = String(first)
        self.path = path
        rawQuery = parts.count > 1 ? String(parts[1]) : nil
        query = Query(parsing: rawQuery ?? "")
    }

    private static func components(of path: Substring) -> [String]? {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var components: [String] = []
        for (index, piece) in pieces.enumerated() where !piece.isEmpty || index == pieces.count - 1 {
            guard let decoded = percentDecoded(piece) else { return nil }
            components.append(decoded)
        }
        return components
    }

    /// Whether a header with a list of words holds this one, in whatever case.
    func hasWord(_ word: String, in header: String) -> Bool {
        headers[canonicalForm: header].contains { $0.lowercased() == word.lowercased() }
    }

    /// An upgrade to this protocol is asked for.
    func asks(for language: String) -> Bool { hasWord("upgrade", in: "Connection") && hasWord(language, in: "Upgrade") }
}

/// What stands behind the `?` of a request, in order.
struct Query: Equatable, Sendable {
    var items: [(name: String, value: String)] = []

    static func == (one: Self, other: Self) -> Bool {
        one.items.elementsEqual(other.items) { $0.name == $1.name && $0.value == $1.value }
    }

    /// As Go's `url.ParseQuery`: a pair that is wrongly escaped, or has a semicolon, is left out.
    init(parsing text: some StringProtocol) {
        for pair in text.split(separator: "&") where !pair.contains(";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let texts = parts.map { percentDecoded($0, plusIsSpace: true) }
            guard let name = texts[0], let value = texts.count > 1 ? texts[1] : "" else { continue }
            items.append((name, value))
        }
    }

    /// The first value of a name.
    subscript(name: String) -> String? { items.first { $0.name == name }?.value }

    func all(_ name: String) -> [String] { items.filter { $0.name == name }.map(\.value) }

    /// Source: kubernetes `pkg/kubelet/cri/streaming/remotecommand`: `1` is what kubectl sends, `true` what people do.
    func isSet(_ names: String...) -> Bool {
        names.contains { name in self[name].map { $0 == "1" || $0 == "true" } ?? false }
    }
}

/// Undoes `%41`; `nil` if an escape is none, or the bytes are no UTF-8.
func percentDecoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                return nil
            }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
    }
    return String(validating: bytes, as: UTF8.self)
}

private func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
}
