package import SystemPackage

/// Where a container is in the tree when systemd makes its group: the form `slice:prefix:name` of `cgroupsPath`.
///
/// Source: runc's docs/systemd.md; crun has the same.
package struct ScopeName: Equatable, Sendable {
    /// E.g. `kubepods-burstable.slice`.
    package var slice: String
    /// E.g. `cri-containerd-3f2a.scope`; a name that ends with `.slice` is one.
    package var unit: String

    /// Reads `slice:prefix:name`. An absent slice is that of the system, or of the user.
    package init(parsing text: String, isUser: Bool = false) throws(InvalidScopeName) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 3, !parts[2].isEmpty else {
            throw InvalidScopeName(text: text, reason: "must have the form slice:prefix:name")
        }
        slice = parts[0].isEmpty ? (isUser ? "user.slice" : "system.slice") : parts[0]
        if parts[2].hasSuffix(".slice") {
            unit = parts[2]
        } else {
            unit = (parts[1].isEmpty ? "" : "\(parts[1])-") + "\(parts[2]).scope"
        }
        // Source: systemd's `unit_name_is_valid`: 255 bytes, letters, digits and ":-_.\".
        let valid = unit.utf8.allSatisfy { byte in
            let scalar = Unicode.Scalar(byte)
            return "0"..."9" ~= scalar || "a"..."z" ~= scalar || "A"..."Z" ~= scalar
                || ":-_.\\@".unicodeScalars.contains(scalar)
        }
        guard valid, unit.utf8.count <= 255 else {
            throw InvalidScopeName(text: text, reason: "\(unit) is not the name of a unit")
        }
        _ = try Self.expand(slice: slice)
    }

    /// The group's path below that of the systemd, e.g. `/a.slice/a-b.slice/x.scope`.
    package func cgroup() throws(InvalidScopeName) -> FilePath {
        FilePath(unit.hasSuffix(".slice") ? try Self.expand(slice: unit) : try Self.expand(slice: slice) + "/" + unit)
    }

    /// A slice's path: each `-` is a level, `a-b.slice` is `/a.slice/a-b.slice`. `-.slice` is the root.
    ///
    /// - SeeAlso: `systemd.slice(5)`.
    package static func expand(slice: String) throws(InvalidScopeName) -> String {
        guard slice.hasSuffix(".slice"), !slice.contains("/") else {
            throw InvalidScopeName(text: slice, reason: "is not the name of a slice")
        }
        let name = slice.dropLast(".slice".count)
        if name == "-" { return "" }
        var (path, prefix) = ("", "")
        for component in name.split(separator: "-", omittingEmptySubsequences: false) {
            guard !component.isEmpty else { throw InvalidScopeName(text: slice, reason: "has an empty level") }
            prefix += prefix.isEmpty ? component : "-\(component)"
            path += "/\(prefix).slice"
        }
        return path
    }
}

/// A name that is not one of systemd's.
package struct InvalidScopeName: Error, Equatable, CustomStringConvertible {
    package let text: String
    package let reason: String
    package var description: String { "cgroup \"\(text)\": \(reason)" }
}
