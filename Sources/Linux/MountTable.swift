package import SystemPackage

/// Where something is mounted in or below a directory, those on top of others first.
///
/// Source: `proc_pid_mountinfo(5)`: the fifth field is the place, with blanks and backslashes as octal numbers. Lines are
/// in the order of mounting.
package func mountPlaces(atOrBelow directory: FilePath, in table: String) -> [FilePath] {
    let root = Array(directory.lexicallyNormalized().string.utf8)
    return table.split(separator: "\n").reversed().compactMap { line -> FilePath? in
        let fields = line.split(separator: " ", maxSplits: 5)
        guard fields.count > 5 else { return nil }
        let place = unescaped(fields[4])
        let isBelow = place.starts(with: root) && (place.count == root.count || place[root.count] == UInt8(ascii: "/"))
        return isBelow ? FilePath(String(decoding: place, as: UTF8.self)) : nil
    }
}

/// Unmounts everything in and below a directory, so that it can be removed.
package func unmountAll(atOrBelow directory: FilePath) throws {
    let table = String(decoding: try readFile(at: "/proc/self/mountinfo") ?? [], as: UTF8.self)
    for place in mountPlaces(atOrBelow: directory, in: table) { try Mount.unmount(place) }
}

/// Whether something is mounted at the very place.
package func isMounted(_ place: FilePath) throws -> Bool {
    let table = String(decoding: try readFile(at: "/proc/self/mountinfo") ?? [], as: UTF8.self)
    return mountPlaces(atOrBelow: place, in: table).contains(place.lexicallyNormalized())
}

private func unescaped(_ text: Substring) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        let digits = rest.prefix(3)
        if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
            bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 48) }))
            rest = rest.dropFirst(3)
        } else {
            bytes.append(byte)
        }
    }
    return bytes
}

/// What is mounted where a path lies: a device, or what else the file system calls its source. `nil`: nobody knows.
///
/// Source: `proc_pid_mountinfo(5)`: behind a dash come the kind, the source and options. Of mounts at one place the last
/// hides the others.
package func mountSource(of path: FilePath, in table: String) -> String? {
    let path = path.lexicallyNormalized()
    var best: (place: FilePath, source: String)?
    for line in table.split(separator: "\n") {
        let fields = line.split(separator: " ")
        guard fields.count > 6, let dash = fields.dropFirst(6).firstIndex(of: "-"), fields.count > dash + 2 else {
            continue
        }
        let place = FilePath(String(decoding: unescaped(fields[4]), as: UTF8.self))
        guard path.starts(with: place), place.components.count >= best?.place.components.count ?? 0 else { continue }
        best = (place, String(decoding: unescaped(fields[dash + 2]), as: UTF8.self))
    }
    return best?.source
}
