import CLinux
import Glibc
package import SystemPackage

/// Removes a file, or a directory and all below it. What is not there is no error.
///
/// Works from descriptor to descriptor: a link is removed and never followed, whatever a container exchanges
/// meanwhile. A mount on the way is an error (`EXDEV`, or `EBUSY` for a mounted file): it must be unmounted first, so
/// that nothing of a volume is lost. Depth costs neither stack nor descriptors.
package func removeTree(at path: FilePath) throws(SyscallError) {
    guard let name = path.lastComponent else { throw SyscallError("remove \(path)", .invalidArgument) }
    let parent: OwnedFileDescriptor
    do {
        parent = try openDirectory(path.root == nil && path.components.count == 1 ? "." : path.removingLastComponent())
    } catch  where error.errno == .noSuchFileOrDirectory {
        return
    }
    try parent.borrow { parent throws(SyscallError) in
        var removal = TreeRemoval(path: path)
        try removal.remove(Array(name.string.utf8CString), from: parent, top: nil, depth: 0)
    }
}

private struct TreeRemoval {
    let path: FilePath
    var moved = 0
    /// Deeper directories are moved up to the top one and removed there.
    static let greatestDepth = 48

    /// A name is bytes: a container may call its files what it likes.
    mutating func remove(
        _ name: [CChar], from parent: FileDescriptor, top: FileDescriptor?, depth: Int
    ) throws(SyscallError) {
        do {
            try syscall("remove \(path): unlink \(text(name))") { unsafe unlinkat(parent.rawValue, name, 0) }
            return
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory: return
            case .isDirectory, .notPermitted: break
            default: throw error
            }
        }
        if depth > Self.greatestDepth, let top {
            moved += 1
            let target = ".removed-\(getpid())-\(moved)"
            try syscall("remove \(path): rename \(text(name))") {
                unsafe renameat(parent.rawValue, name, top.rawValue, target)
            }
            return
        }
        try removeDirectory(name, from: parent, top: top, depth: depth)
    }

    private mutating func removeDirectory(
        _ name: [CChar], from parent: FileDescriptor, top: FileDescriptor?, depth: Int
    ) throws(SyscallError) {
        let raw: Int32
        let rules: Resolution = [.beneath, .noLinks, .noMounts]
        do {
            raw = try syscall("remove \(path): open \(text(name))") {
                unsafe linux_openat2(
                    parent.rawValue, name, O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW, 0, rules.rawValue)
            }
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        }
        let directory = OwnedFileDescriptor(FileDescriptor(rawValue: raw))
        try directory.borrow { fd throws(SyscallError) in
            try empty(fd, top: top ?? fd, depth: depth + 1)
        }
        try syscall("remove \(path): rmdir \(text(name))") {
            unsafe unlinkat(parent.rawValue, name, AT_REMOVEDIR)
        }
    }

    /// Names are read in pieces, and from the start again after each: a directory may hold millions.
    private mutating func empty(
        _ directory: FileDescriptor, top: FileDescriptor, depth: Int
    ) throws(SyscallError) {
        while true {
            let names = try directory.someEntries()
            if names.isEmpty { return }
            for name in names { try remove(name, from: directory, top: top, depth: depth) }
            try syscall("remove \(path): rewind") { lseek(directory.rawValue, 0, SEEK_SET) }
        }
    }

    private func text(_ name: [CChar]) -> String {
        String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension FileDescriptor {
    /// The next names of an open directory, as many as fit into 32 KiB; none at its end. Bytes, ended by NUL.
    func someEntries() throws(SyscallError) -> [[CChar]] {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            let size = try syscall("read directory") {
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe linux_getdents(rawValue, $0.baseAddress, UInt64($0.count))
                }
            }
            if size == 0 { return [] }
            let names = directoryNames(in: buffer[..<Int(size)])
            if !names.isEmpty { return names }
        }
    }
}

/// Source: `getdents64(2)`: u64 inode, i64 offset, u16 length, u8 type, NUL-ended name.
private func directoryNames(in buffer: ArraySlice<UInt8>) -> [[CChar]] {
    var names: [[CChar]] = []
    var start = buffer.startIndex
    while start + 19 < buffer.endIndex {
        let length = Int(buffer[start + 16]) | Int(buffer[start + 17]) << 8
        if length == 0 { break }
        let name = buffer[(start + 19)..<min(start + length, buffer.endIndex)].prefix { $0 != 0 }
        if !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8) {
            names.append(name.map { CChar(bitPattern: $0) } + [0])
        }
        start += length
    }
    return names
}
