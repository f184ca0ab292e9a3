/// How a registry wants to be convinced: one challenge of a `WWW-Authenticate` header.
///
/// Source: RFC 9110 §11.6.1; distribution, docs/spec/auth/token.md.
struct RegistryChallenge: Equatable, Sendable {
    /// In lower case: `bearer`, `basic`.
    var scheme: String
    /// Names in lower case.
    var parameters: [String: String] = [:]

    /// All challenges of one header line, in order.
    static func parse(_ header: String) -> [RegistryChallenge] {
        var found: [RegistryChallenge] = []
        var rest = Substring(header)
        func skip(_ characters: String) { rest = rest.drop { characters.contains($0) } }
        while true {
            skip(" \t,")
            let word = rest.prefix { !" \t,=".contains($0) }
            if word.isEmpty { return found }
            rest = rest[word.endIndex...]
            skip(" \t")
            guard rest.first == "=", !found.isEmpty else {
                if rest.first == "=" { return found }
                found.append(RegistryChallenge(scheme: word.lowercased()))
                continue
            }
            rest = rest.dropFirst()
            skip(" \t")
            found[found.count - 1].parameters[word.lowercased()] = value(&rest)
        }
    }

    private static func value(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let token = rest.prefix { !" \t,".contains($0) }
            rest = rest[token.endIndex...]
            return String(token)
        }
        rest = rest.dropFirst()
        var text = ""
        while let character = rest.popFirst(), character != "\"" {
            text.append(character == "\\" ? rest.popFirst() ?? "\\" : character)
        }
        return text
    }
}
