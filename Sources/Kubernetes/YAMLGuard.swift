import JSONText

/// Refuses a YAML text that would cost its parser too much: nested too deeply for its recursion, or with aliases
/// where it compares keys, which follows every alias again and again.
///
/// Reads bytes, not YAML: it may refuse what nobody writes, and lets nothing dangerous pass.
struct YAMLGuard {
    static let maximumDepth = 256
    static let maximumIndentation = 512
    private let bytes: [UInt8]
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Refuses what holds more values than a manifest may, before a parser makes them: each needs a comma, a bracket, a
    /// dash or a line of its own, in JSON as well.
    func checkCount() throws(ManifestError) {
        var count = 0
        var isPrefix = true
        for byte in bytes {
            switch byte {
            case 10, 13:
                count += 1
                isPrefix = true
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"):
                count += 1
                isPrefix = false
            case UInt8(ascii: "-"), UInt8(ascii: "?"): count += isPrefix ? 1 : 0
            case UInt8(ascii: " "), UInt8(ascii: ":"): continue
            default: isPrefix = false
            }
        }
        if count > JSON.maximumNodes { throw .text("more than \(JSON.maximumNodes) values") }
    }

    func check() throws(ManifestError) {
        var flow = 0
        for line in bytes.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            let prefix = line.prefix { " -?:".utf8.contains($0) }
            if prefix.count > Self.maximumIndentation { throw Self.tooDeep }
            for byte in line {
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): flow += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): flow = max(0, flow - 1)
                default: continue
                }
                if flow > Self.maximumDepth { throw Self.tooDeep }
            }
        }
        try checkAliases()
    }

    private static let tooDeep = ManifestError.text("nested deeper than \(maximumDepth)")

    /// Every alias must be the whole value behind `:` or `-`, alone to the end of its line, and no key may be
    /// more than a text: then no key can hold an alias.
    private func checkAliases() throws(ManifestError) {
        let anchors = names(after: UInt8(ascii: "&"))
        if anchors.isEmpty { return }
        let known = Set(anchors.map(\.name))
        let aliases = names(after: UInt8(ascii: "*")).filter { known.contains($0.name) }
        if aliases.isEmpty { return }
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "?") {
            let before = index == 0 ? 10 : bytes[index - 1]
            let after = index + 1 < bytes.count ? bytes[index + 1] : 10
            if " \t\n\r-[{,:".utf8.contains(before), " \t\n\r".utf8.contains(after) {
                throw .text("a key marked by ? in a text with aliases is not supported")
            }
        }
        for alias in aliases {
            let before = bytes[..<alias.start].last { !" \t\n\r".utf8.contains($0) }
            let rest = bytes[alias.end...].prefix { $0 != 10 && $0 != 13 }.drop { $0 == 32 || $0 == 9 }
            let isAlone = rest.isEmpty || rest.first == UInt8(ascii: "#")
            guard isAlone, before == UInt8(ascii: ":") || before == UInt8(ascii: "-") else {
                throw .text(
                    "the alias *\(String(decoding: alias.name, as: UTF8.self)) must be the whole value of a line")
            }
        }
    }

    private func names(after mark: UInt8) -> [(name: [UInt8], start: Int, end: Int)] {
        var found: [(name: [UInt8], start: Int, end: Int)] = []
        for (index, byte) in bytes.enumerated() where byte == mark {
            if index > 0, !" \t\n\r-?:,[]{}!".utf8.contains(bytes[index - 1]) { continue }
            let name = bytes[(index + 1)...].prefix { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
                    || byte == 45
            }
            if !name.isEmpty { found.append((Array(name), index, index + 1 + name.count)) }
        }
        return found
    }
}
