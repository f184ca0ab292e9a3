import Linux
import Logging
import Pods
import SystemPackage

/// A part of a volume, mounted where only the node can change it before a container is given it.
///
/// Whoever writes to the volume may exchange any name on the way for a link at any moment (CVE-2017-1002101,
/// CVE-2021-25741): the part is opened beneath the volume's own directory, and what was opened is mounted, not a path.
enum SubPath {
    /// Mounts `path` of the volume at `place`. What is missing is made, unless the volume cannot be written to.
    static func mount(_ path: FilePath, of volume: FilePath, at place: FilePath, makesMissing: Bool) throws {
        let root = try openFile(volume, [.path])
        let part = try root.borrow { root throws(SyscallError) in
            try open(path, in: root, makesMissing: makesMissing)
        }
        let isDirectory = try part.borrow { part throws(SyscallError) in try part.status().kind == .directory }
        let copy = try part.borrow { part throws(SyscallError) in
            try Mount.copy(of: "", from: part, recursive: false)
        }
        try Mount.unmount(place)
        try makeDirectories(place.removingLastComponent(), mode: 0o750)
        // What is there may be of the other kind: the volume has changed since.
        try removeTree(at: place)
        if isDirectory { try makeDirectory(place, mode: 0o750) } else { try createEmptyFile(at: place, mode: 0o640) }
        try copy.borrow { copy throws(SyscallError) in
            try openFile(place, [.path, .noFollow]).borrow { place throws(SyscallError) in
                try Mount.move(copy, to: place)
            }
        }
    }

    private static let rules: Resolution = [.beneath, .noMagicLinks]

    private static func open(
        _ path: FilePath, in root: FileDescriptor, makesMissing: Bool
    ) throws(SyscallError) -> OwnedFileDescriptor {
        do throws(SyscallError) {
            return try root.open(path, [.path], resolve: rules)
        } catch {
            guard error.errno == .noSuchFileOrDirectory, makesMissing else { throw error }
        }
        let mode = try root.status().permissions & 0o777
        var done = FilePath()
        for component in path.components where component.kind == .regular {
            let parent = done
            done.append(component)
            do throws(SyscallError) {
                _ = try root.open(done, [.path, .directory], resolve: rules)
                continue
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
            let above = DirectoryHandle(
                adopting: try root.open(parent.isEmpty ? "." : parent, [.directory], resolve: rules))
            do throws(SyscallError) {
                try above.makeDirectory(component, mode: mode)
            } catch {
                guard error.errno == .fileExists else { throw error }
            }
            let made = try above.open(component)
            try made.borrow { fd throws(SyscallError) in try OpenFile.setMode(fd, mode) }
        }
        return try root.open(path, [.path, .directory], resolve: rules)
    }

    /// The path that a mount's `subPathExpr` means. Source: kubernetes `pkg/kubelet/container/helpers.go`.
    static func expanded(_ text: String, with variables: [String: String]) throws(MissingContent) -> String {
        var missing: String?
        for name in names(in: text) where (variables[name] ?? "").isEmpty { missing = missing ?? name }
        if let missing { throw MissingContent("missing value for \"\(missing)\"") }
        let path = expandReferences(text, with: variables)
        if path.hasPrefix("/") { throw MissingContent("error SubPath `\(path)` must not be an absolute path") }
        if path.split(separator: "/").contains("..") {
            throw MissingContent("unable to provision SubPath `\(path)`: must not contain '..'")
        }
        return path
    }

    private static func names(in text: String) -> [String] {
        var names: [String] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                names.append(String(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            }
        }
        return names
    }
}
