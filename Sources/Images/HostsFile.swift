import Linux
import SystemPackage

/// One place to ask for a registry's images: the registry itself or a mirror of it.
struct RegistryHost: Equatable, Sendable {
    /// Up to and with the API's version, e.g. `https://registry-1.docker.io/v2`.
    var base: String
    /// Whether it stands in for another registry, whose name it is told then.
    var isMirror = false
    var skipVerify = false
    /// A registry on this machine, of which nothing is said: it may speak TLS, with any certificate.
    var mayBeEncrypted = false
    var authorities: [FilePath] = []
    /// Whether it may say what a tag stands for. A host that may not serves contents by digest alone.
    var canResolve = true

    init(url: String) {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        base = url.hasSuffix("/v2") ? url : url + "/v2"
    }

    /// The same one, by TLS.
    var encrypted: RegistryHost {
        var host = self
        host.base = "https://\(base.split(separator: "//", maxSplits: 1).last ?? "")"
        host.skipVerify = true
        host.mayBeEncrypted = false
        return host
    }

    /// `host[:port]`, as credentials and messages name it.
    var name: String {
        let rest = base.split(separator: "//", maxSplits: 1).last ?? ""
        return String(rest.prefix { $0 != "/" })
    }
}

/// A registry's `hosts.toml`: mirrors in the order in which they are asked, then the registry itself.
///
/// Source: containerd, docs/hosts.md. Of TOML it takes what such files use: tables, strings, lists, truth values.
/// A key that it does not know is an error: it might have been what keeps a site safe.
struct HostsFile {
    private(set) var server: RegistryHost?
    private(set) var hosts: [RegistryHost] = []

    init(parsing text: String, directory: FilePath, default name: String) throws {
        var current: Int?
        var root = RegistryHost(url: Self.url(of: name))
        var hasServer = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func refuse(_ what: String) -> ImageError {
                .configuration("\(directory.appending("hosts.toml")):\(number + 1): \(what)")
            }
            let line = Self.withoutComment(line)
            if line.isEmpty { continue }
            if line.hasPrefix("[") {
                guard let url = Self.tableURL(line) else { throw refuse("only tables [host.\"<url>\"] are known") }
                hosts.append(RegistryHost(url: url))
                hosts[hosts.count - 1].isMirror = true
                current = hosts.count - 1
                continue
            }
            guard let (key, value) = Self.assignment(line) else { throw refuse("expected key = value") }
            if key == "server" {
                guard current == nil, case .strings(let urls) = value, let url = urls.first else {
                    throw refuse("server is one string at the top")
                }
                root.base = RegistryHost(url: url).base
                hasServer = !url.isEmpty
                continue
            }
            if let current {
                try Self.apply(key, value, to: &hosts[current], directory, refuse)
            } else {
                try Self.apply(key, value, to: &root, directory, refuse)
            }
        }
        server = hasServer || hosts.isEmpty || !text.contains("server") ? root : nil
        if let server, server.name != name && name != "docker.io" { self.server?.isMirror = true }
    }

    /// The hosts to ask, in order.
    var all: [RegistryHost] { hosts + (server.map { [$0] } ?? []) }

    /// The API's address of a registry that nothing is said about.
    static func url(of name: String) -> String {
        name == "docker.io" ? "https://registry-1.docker.io" : "https://\(name)"
    }

    private enum Value {
        case flag(Bool)
        case strings([String])
    }

    private static func apply(
        _ key: Substring, _ value: Value, to host: inout RegistryHost, _ directory: FilePath,
        _ refuse: (String) -> ImageError
    ) throws {
        switch (key, value) {
        case ("skip_verify", .flag(let flag)): host.skipVerify = flag
        case ("ca", .strings(let files)):
            host.authorities = files.map { FilePath($0).isAbsolute ? FilePath($0) : directory.pushing(FilePath($0)) }
        case ("capabilities", .strings(let words)):
            for word in words where !["pull", "resolve", "push", "referrers"].contains(word) {
                throw refuse("unknown capability \(word)")
            }
            host.canResolve = words.contains("resolve")
        case ("override_path", .flag(true)): host.base = String(host.base.dropLast("/v2".count))
        case ("override_path", .flag(false)): break
        default: throw refuse("unknown key or wrong type of value: \(key)")
        }
    }

    private static func withoutComment(_ line: Substring) -> Substring {
        var isQuoted = false
        let end = line.firstIndex { character in
            if character == "\"" { isQuoted.toggle() }
            return character == "#" && !isQuoted
        }
        return trimmed(line[..<(end ?? line.endIndex)])
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }

    /// `[host."https://mirror.example"]`
    private static func tableURL(_ line: Substring) -> String? {
        guard line.hasPrefix("[host.\""), line.hasSuffix("\"]") else { return nil }
        let url = line.dropFirst(7).dropLast(2)
        return url.contains("\"") ? nil : String(url)
    }

    private static func assignment(_ line: Substring) -> (Substring, Value)? {
        guard let equals = line.firstIndex(of: "=") else { return nil }
        let key = trimmed(line[..<equals])
        var text = trimmed(line[line.index(after: equals)...])
        if text == "true" || text == "false" { return (key, .flag(text == "true")) }
        if text.hasPrefix("[") && text.hasSuffix("]") {
            text = text.dropFirst().dropLast()
            let items = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
            let strings = items.compactMap(string)
            return strings.count == items.count ? (key, .strings(strings)) : nil
        }
        return string(text).map { (key, .strings([$0])) }
    }

    private static func string(_ text: Substring) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
            return nil
        }
        let inner = text.dropFirst().dropLast()
        return inner.contains(quote) || inner.contains("\\") ? nil : String(inner)
    }
}

extension RegistryConfiguration {
    /// Whom to ask for a registry's images, in order.
    func hosts(of domain: String) throws -> [RegistryHost] {
        if let directory {
            let parts = domain.split(separator: ":")
            let underscored = parts.count == 2 ? ["\(parts[0])_\(parts[1])_"] : []
            for name in underscored + [domain, "_default"] {
                let place = directory.appending(name)
                guard let bytes = try readFile(at: place.appending("hosts.toml"), ifExists: true, limit: 1 << 20) else {
                    continue
                }
                return try HostsFile(parsing: String(decoding: bytes, as: UTF8.self), directory: place, default: domain)
                    .all
            }
        }
        guard Self.isLoopback(domain) else { return [RegistryHost(url: HostsFile.url(of: domain))] }
        // A registry on this machine needs neither a certificate nor encryption, as with Docker and containerd.
        var plain = RegistryHost(url: "http://\(domain)")
        plain.mayBeEncrypted = true
        return [plain]
    }

    private static func isLoopback(_ domain: String) -> Bool {
        let host = domain.hasPrefix("[") ? domain.prefix { $0 != "]" } + "]" : domain.prefix { $0 != ":" }
        return host == "localhost" || host.hasPrefix("127.") || host == "[::1]"
    }
}
