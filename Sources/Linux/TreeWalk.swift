import CLinux
import Glibc
package import SystemPackage

/// Visits a directory or file and all below it, each by a descriptor opened with `O_PATH`, a directory before what is in
/// it.
///
/// Works from descriptor to descriptor, as ``removeTree(at:)`` does: a link is visited itself and never followed,
/// whatever a container exchanges meanwhile; other mounts are left out; what vanishes on the way is no error.
package func walkTree(
    at path: FilePath, _ body: (FileDescriptor) throws(SyscallError) -> Void
) throws(SyscallError) {
    let root = try openFile(path, [.path, .noFollow])
    try root.borrow { root throws(SyscallError) in try TreeWalk(path: path).visit(root, depth: 0, body) }
}

private struct TreeWalk {
    let path: FilePath
    /// Deeper than any path that a program can name at once: 4096 bytes.
    static let greatestDepth = 2048

    func visit(
        _ file: FileDescriptor, depth: Int, _ body: (FileDescriptor) throws(SyscallError) -> Void
    ) throws(SyscallError) {
        try body(file)
        guard try file.status().kind == .directory else { return }
        guard depth < Self.greatestDepth else { throw SyscallError("walk \(path)", .fileNameTooLong) }
        let raw = try syscall("walk \(path): open") {
            unsafe linux_openat2(file.rawValue, ".", O_CLOEXEC | O_DIRECTORY, 0, 0)
        }
        let directory = OwnedFileDescriptor(FileDescriptor(rawValue: raw))
        try directory.borrow { directory throws(SyscallError) in
            while true {
                let names = try directory.someEntries()
                if names.isEmpty { return }
                for name in names { try enter(name, of: directory, depth: depth, body) }
            }
        }
    }

    private func enter(
        _ name: [CChar], of directory: FileDescriptor, depth: Int, _ body: (FileDescriptor) throws(SyscallError) -> Void
    ) throws(SyscallError) {
        let rules: Resolution = [.beneath, .noLinks, .noMounts]
        let raw: Int32
        do throws(SyscallError) {
            raw = try syscall("walk \(path)") {
                unsafe linux_openat2(
                    directory.rawValue, name, O_CLOEXEC | Int32(LINUX_O_PATH) | O_NOFOLLOW, 0, rules.rawValue)
            }
        } catch {
            guard [.noSuchFileOrDirectory, .improperLink].contains(error.errno) else { throw error }
            return
        }
        let file = OwnedFileDescriptor(FileDescriptor(rawValue: raw))
        try file.borrow { file throws(SyscallError) in try visit(file, depth: depth + 1, body) }
    }
}

/// Gives a directory and all below it to a group that may then read, and unless `isReadOnly` write, everything: files
/// get the group's bits, directories pass their group on.
///
/// Source: kubernetes `pkg/volume/volume_linux.go`, `SetVolumeOwnership`.
package func giveTree(at path: FilePath, toGroup group: UInt32, isReadOnly: Bool) throws(SyscallError) {
    let mask: UInt32 = isReadOnly ? 0o440 : 0o660
    try walkTree(at: path) { file throws(SyscallError) in
        try syscall("chown in \(path)") {
            unsafe fchownat(file.rawValue, "", .max, group, LINUX_AT_EMPTY_PATH)
        }
        let status = try file.status()
        if status.kind == .link { return }
        let mode = status.permissions | mask | (status.kind == .directory ? 0o2110 : 0)
        try file.setMode(ofPath: mode, in: path)
    }
}

extension FileDescriptor {
    /// Sets the mode of a file that is open as a path only: by its magic link, which nobody can exchange.
    fileprivate func setMode(ofPath mode: UInt32, in place: FilePath) throws(SyscallError) {
        try syscall("chmod in \(place)") { unsafe chmod("/proc/self/fd/\(rawValue)", mode) }
    }
}

/// Whether a directory itself is already as ``giveTree(at:toGroup:isReadOnly:)`` leaves it.
package func isGiven(_ path: FilePath, toGroup group: UInt32, isReadOnly: Bool) throws(SyscallError) -> Bool {
    guard let status = try fileStatus(path) else { return false }
    let needed: UInt32 = (isReadOnly ? 0o440 : 0o660) | 0o110
    return status.group == group && status.permissions & needed == needed && status.permissions & 0o2000 != 0
}

/// Gives a file another owner; `nil` leaves it.
package func setOwner(of path: FilePath, user: UInt32?, group: UInt32?) throws(SyscallError) {
    try syscall("chown \(path)") {
        unsafe path.withPlatformString { unsafe lchown($0, user ?? .max, group ?? .max) }
    }
}

extension DirectoryHandle {
    /// Gives a name another one in the same directory; what had that is replaced in one step.
    package borrowing func rename(_ old: FilePath.Component, to new: FilePath.Component) throws(SyscallError) {
        let parent = borrow { $0.rawValue }
        try syscall("rename \(old) to \(new)") {
            unsafe old.withPlatformString { old in
                unsafe new.withPlatformString { unsafe renameat(parent, old, parent, $0) }
            }
        }
    }

    /// What a symbolic link in the directory says; `nil` when there is none of the name, or it is no link.
    package borrowing func target(of name: FilePath.Component) throws(SyscallError) -> String? {
        try borrow { fd throws(SyscallError) in try fd.linkTarget(of: name.string) }
    }
}

extension FileDescriptor {
    /// What a symbolic link in this directory says; `nil` when there is none of the name, or it is no link.
    ///
    /// - SeeAlso: `readlinkat(2)`.
    package func linkTarget(of name: String) throws(SyscallError) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        do throws(SyscallError) {
            let count = try syscall("readlink \(name)") {
                unsafe readlinkat(rawValue, name, &buffer, buffer.count)
            }
            return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        } catch {
            guard [.noSuchFileOrDirectory, .invalidArgument].contains(error.errno) else { throw error }
            return nil
        }
    }
}
