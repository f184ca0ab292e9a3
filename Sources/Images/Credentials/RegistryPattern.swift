/// Registries, perhaps with a port and a path in them: `https://index.docker.io/v1/`, `*.example.org:5000/team`.
///
/// Source: facts of kubelet, §7.4 and §7.5.
struct RegistryPattern: Sendable {
    let host: String
    let path: String

    /// - Parameter keepsVersion: `v1` and `v2` are a path like others: in docker's files they mean all of the registry.
    init(_ text: String, keepsVersion: Bool = false) {
        var text = Substring(text)
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let host = parts.first.map(String.init) ?? ""
        self.host = host == "index.docker.io" || host == "registry-1.docker.io" ? "docker.io" : host
        var path = parts.count > 1 ? String(parts[1]) : ""
        while path.hasSuffix("/") { path.removeLast() }
        self.path = !keepsVersion && ["v1", "v2"].contains(path) ? "" : path
    }

    /// Whether the pattern has no host, or a port that is none.
    var isInvalid: Bool {
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        return parts.first?.isEmpty ?? true || parts.count > 2 || parts.count == 2 && UInt16(parts[1]) == nil
            || host.contains(where: \.isWhitespace)
    }

    /// - Parameter wholeNames: `team` is not where `teams/app` lies.
    func matches(_ registry: String, _ repository: String, wholeNames: Bool = true) -> Bool {
        let (own, other) = (host.split(separator: ":"), registry.split(separator: ":"))
        guard own.count == other.count, own.dropFirst() == other.dropFirst() else { return false }
        guard let labels = own.first?.split(separator: "."), let names = other.first?.split(separator: "."),
            labels.count == names.count, zip(labels, names).allSatisfy({ Self.matches($0.utf8, $1.utf8) })
        else { return false }
        guard wholeNames else { return repository.hasPrefix(path) }
        return path.isEmpty || repository == path || repository.hasPrefix(path + "/")
    }

    /// One label of a host's name. Source: Go's `path.Match`: `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before what is meant.
    static func matches(_ pattern: some Collection<UInt8>, _ name: some Collection<UInt8>) -> Bool {
        var pattern = Array(pattern)[...]
        var name = Array(name)[...]
        while let first = pattern.popFirst() {
            if first == UInt8(ascii: "*") {
                return name.indices.contains { matches(pattern, name[$0...]) } || matches(pattern, [])
            }
            guard let letter = name.popFirst() else { return false }
            switch first {
            case UInt8(ascii: "?"): continue
            case UInt8(ascii: "["):
                guard takeClass(&pattern, holds: letter) == true else { return false }
            case UInt8(ascii: "\\"):
                guard pattern.popFirst() == letter else { return false }
            default:
                guard first == letter else { return false }
            }
        }
        return name.isEmpty
    }

    /// Behind the bracket. - Returns: Whether the letter is one of these; `nil`: it is not closed.
    private static func takeClass(_ pattern: inout ArraySlice<UInt8>, holds letter: UInt8) -> Bool? {
        let isNegated = pattern.first == UInt8(ascii: "^")
        if isNegated { pattern.removeFirst() }
        var isFound = false
        while let low = pattern.popFirst() {
            if low == UInt8(ascii: "]") { return isFound != isNegated }
            var high = low
            if pattern.first == UInt8(ascii: "-") {
                pattern.removeFirst()
                guard let end = pattern.popFirst() else { return nil }
                high = end
            }
            if low <= letter, letter <= high { isFound = true }
        }
        return nil
    }
}
