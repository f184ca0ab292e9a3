/// The full name of an image: which registry, which repository there, and which tag or content.
///
/// People write short names; ``init(_:)`` completes them as Docker's `distribution/reference` does:
/// `busybox` is `docker.io/library/busybox:latest`.
package struct ImageReference: Hashable, Sendable {
    /// The registry's `host[:port]`, e.g. `docker.io`.
    package var domain: String
    /// The repository in the registry, e.g. `library/busybox`.
    package var path: String
    /// Shown, but not used to find the image if there is a digest as well.
    package var tag: String?
    package var digest: Digest?

    package init(domain: String, path: String, tag: String? = nil, digest: Digest? = nil) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// Why a text names no image.
    package struct InvalidName: Error, Equatable, CustomStringConvertible {
        package let name: String
        package let reason: String
        package var description: String { "\(name.debugDescription) is no image name: \(reason)" }
    }

    package init(_ name: String) throws(InvalidName) {
        func refuse(_ reason: String) -> InvalidName { InvalidName(name: String(name.prefix(300)), reason: reason) }
        if name.isEmpty { throw refuse("it is empty") }

        var rest = Substring(name)
        if let at = rest.firstIndex(of: "@") {
            guard let digest = Digest(rest[rest.index(after: at)...]) else { throw refuse("invalid digest") }
            self.digest = digest
            rest = rest[..<at]
        }
        let lastComponent = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        if let colon = rest[lastComponent...].firstIndex(of: ":") {
            let tag = rest[rest.index(after: colon)...]
            guard Self.isTag(tag) else { throw refuse("invalid tag") }
            self.tag = String(tag)
            rest = rest[..<colon]
        }

        if let slash = rest.firstIndex(of: "/"), Self.looksLikeDomain(rest[..<slash]) {
            domain = String(rest[..<slash])
            path = String(rest[rest.index(after: slash)...])
        } else {
            domain = "docker.io"
            path = String(rest)
        }
        if domain == "index.docker.io" { domain = "docker.io" }
        if domain == "docker.io" && !path.contains("/") { path = "library/" + path }
        guard Self.isDomain(domain) else { throw refuse("invalid registry name") }
        guard Self.isPath(path) else {
            let upper = path.utf8.contains { $0 >= 0x41 && $0 <= 0x5a }
            throw refuse(upper ? "the repository must be lower case" : "invalid repository")
        }
        guard domain.utf8.count + 1 + path.utf8.count <= 255 else { throw refuse("longer than 255 characters") }
        if tag == nil && digest == nil { tag = "latest" }
    }

    /// Registry and repository, without tag and digest.
    package var name: String { "\(domain)/\(path)" }

    /// The same repository at a certain content.
    package func at(_ digest: Digest) -> ImageReference { ImageReference(domain: domain, path: path, digest: digest) }
}

extension ImageReference: CustomStringConvertible {
    package var description: String {
        name + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }
}

// The grammar, from distribution/reference: regexp.go.
extension ImageReference {
    private static func looksLikeDomain(_ text: Substring) -> Bool {
        text.contains(".") || text.contains(":") || text == "localhost" || text.lowercased() != text
    }

    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        return (first.isAlphanumeric || first == UInt8(ascii: "_"))
            && text.utf8.allSatisfy { $0.isAlphanumeric || "_.-".utf8.contains($0) }
    }

    private static func isDomain(_ text: String) -> Bool {
        var host = Substring(text)
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<end]
            guard !address.isEmpty, address.utf8.allSatisfy({ $0.isAlphanumeric || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            host = host[host.index(after: end)...]
            return host.isEmpty || (host.first == ":" && isPort(host.dropFirst()))
        }
        if let colon = host.firstIndex(of: ":") {
            guard isPort(host[host.index(after: colon)...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return first.isAlphanumeric && last.isAlphanumeric
                && label.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(\.isDigit) && (UInt32(text) ?? .max) <= 65535
    }

    private static func isPath(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { isPathComponent($0) }
    }

    /// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
    private static func isPathComponent(_ text: Substring) -> Bool {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        guard first.isLowerAlphanumeric && last.isLowerAlphanumeric else { return false }
        let separators = bytes.split { $0.isLowerAlphanumeric }
        return separators.allSatisfy { run in
            run.elementsEqual(".".utf8) || run.elementsEqual("_".utf8) || run.elementsEqual("__".utf8)
                || run.allSatisfy { $0 == UInt8(ascii: "-") }
        }
    }
}
