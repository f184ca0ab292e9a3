import Kubernetes
import Linux
import SystemPackage

/// A directory whose files change all at once: they lie in a directory of their own that a link leads to, and the
/// link is exchanged.
///
/// Source: facts of kubelet, §8.3; kubernetes `pkg/volume/util/atomic_writer.go`: `..2026_11_21_09_00_00.123`, `..data`.
struct AtomicDirectory {
    let path: FilePath

    private static let current: FilePath.Component = "..data"
    private static let next: FilePath.Component = "..data_tmp"

    /// Makes the directory hold just this. Returns whether anything had to change.
    ///
    /// - Parameter group: may read everything beside the owner.
    @discardableResult
    func write(_ content: VolumeContent, group: UInt32?, at now: Time) throws -> Bool {
        let (current, next) = (Self.current, Self.next)
        let directory = try DirectoryHandle(path: path)
        let old = try directory.target(of: current)
        if let old, try holds(content, in: path.appending(old), group) { return false }
        let name = try makeDirectory(in: directory, now)
        do {
            let made = try directory.open(name)
            for (path, file) in content.files.sorted(by: { $0.key < $1.key }) {
                try Self.write(file, at: path, in: made)
            }
            try made.borrow { fd throws(SyscallError) in try OpenFile.setMode(fd, 0o755) }
            if let group { try giveTree(at: path.appending(name), toGroup: group, isReadOnly: true) }
            try directory.removeTree(next)
            try directory.makeLink(next, to: Array(name.string.utf8CString))
            try directory.rename(next, to: current)
        } catch {
            try? directory.removeTree(name)
            throw error
        }
        try show(content, in: directory)
        for stale in try directory.names() where Self.isHidden(stale) && stale != current && stale != name {
            try directory.removeTree(stale)
        }
        return true
    }

    private func makeDirectory(in directory: borrowing DirectoryHandle, _ now: Time) throws -> FilePath.Component {
        let time = now.description.prefix(19).map { "-T:".contains($0) ? "_" : $0 }
        while true {
            let number = UInt32.random(in: 100_000_000...4_294_967_295)
            guard let name = FilePath.Component("..\(String(time)).\(number)") else { throw Errno.invalidArgument }
            do throws(SyscallError) {
                try directory.makeDirectory(name)
                return name
            } catch {
                guard error.errno == .fileExists else { throw error }
            }
        }
    }

    private static func write(_ file: VolumeContent.File, at path: String, in root: borrowing DirectoryHandle) throws {
        let components = Array(FilePath(path).lexicallyNormalized().components)
        guard let name = components.last, components.allSatisfy({ $0.kind == .regular }) else {
            throw Errno.invalidArgument
        }
        try descend(components.dropLast()[...], in: root) { directory in
            let made = try directory.create(name)
            try made.borrow { fd in
                _ = try fd.writeAll(file.bytes)
                try OpenFile.setMode(fd, file.mode)
            }
        }
    }

    private static func descend(
        _ components: ArraySlice<FilePath.Component>, in directory: borrowing DirectoryHandle,
        _ body: (borrowing DirectoryHandle) throws -> Void
    ) throws {
        guard let first = components.first else { return try body(directory) }
        do throws(SyscallError) {
            try directory.makeDirectory(first)
        } catch {
            guard error.errno == .fileExists else { throw error }
        }
        let next = try directory.open(first)
        try next.borrow { fd throws(SyscallError) in try OpenFile.setMode(fd, 0o755) }
        try descend(components.dropFirst(), in: next, body)
    }

    /// The links that people see: one for each entry at the top, through `..data`.
    private func show(_ content: VolumeContent, in directory: borrowing DirectoryHandle) throws {
        let wanted = Set(
            content.files.keys.compactMap { FilePath($0).lexicallyNormalized().components.first?.string })
        for name in wanted.sorted() {
            guard let component = FilePath.Component(name) else { continue }
            let target = "..data/\(name)"
            if try directory.target(of: component) == target { continue }
            try directory.removeTree(component)
            try directory.makeLink(component, to: Array(target.utf8CString))
        }
        for name in try directory.names() where !Self.isHidden(name) && !wanted.contains(name.string) {
            try directory.removeTree(name)
        }
    }

    private static func isHidden(_ name: FilePath.Component) -> Bool { name.string.hasPrefix("..") }

    /// Whether a directory holds just these files already.
    private func holds(_ content: VolumeContent, in place: FilePath, _ group: UInt32?) throws -> Bool {
        var found: Set<String> = []
        func look(_ folder: FilePath, _ prefix: String) throws -> Bool {
            for name in try directoryEntries(folder) {
                let path = prefix + name
                switch try fileStatus(folder.appending(name)) {
                case let status? where status.kind == .directory:
                    guard try look(folder.appending(name), path + "/") else { return false }
                case let status? where status.kind == .regular:
                    let mode = content.files[path].map { $0.mode | (group == nil ? 0 : 0o440) }
                    guard mode == status.permissions, group == nil || group == status.group,
                        try readFile(at: folder.appending(name)) == content.files[path]?.bytes
                    else { return false }
                    found.insert(path)
                default: return false
                }
            }
            return true
        }
        let isSame = try look(place, "")
        return isSame && found == Set(content.files.keys.map { FilePath($0).lexicallyNormalized().string })
    }
}
