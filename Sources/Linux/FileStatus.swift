import CLinux
import Glibc
package import SystemPackage

/// What the kernel knows about an open file.
///
/// - SeeAlso: `statx(2)`.
package struct FileStatus: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case regular, directory, link, fifo, socket
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
    }

    package let kind: Kind
    /// Permission bits, set-user-id and the like included.
    package let permissions: UInt32
    package let owner: UInt32
    package let group: UInt32
    package let links: UInt32
    package let inode: UInt64
    /// In bytes.
    package let size: UInt64
    /// The mount that it was reached by: differs on both sides of a mount point, even of a bind mount.
    package let mount: UInt64
    package let device: UInt64
    /// Since 1970, in seconds and nanoseconds.
    package let modified: (seconds: Int64, nanoseconds: UInt32)

    package static func == (one: Self, other: Self) -> Bool {
        one.inode == other.inode && one.device == other.device && one.size == other.size && one.kind == other.kind
            && one.permissions == other.permissions && one.owner == other.owner && one.group == other.group
            && one.modified == other.modified
    }
}

/// How full a file system is, and of which kind. Amounts in bytes.
///
/// - SeeAlso: `statfs(2)`.
package struct FilesystemStatus: Equatable, Sendable {
    /// The magic number, e.g. `FilesystemStatus.proc`.
    package let type: UInt64
    package let total: UInt64
    package let free: UInt64
    /// Free for who is not root.
    package let available: UInt64
    package let files: UInt64
    package let filesFree: UInt64

    // Source: uapi/linux/magic.h.
    package static let proc: UInt64 = 0x9fa0
    package static let devpts: UInt64 = 0x1cd1
    package static let cgroup2: UInt64 = 0x6367_7270
    package static let nsfs: UInt64 = 0x6e73_6673
    package static let tmpfs: UInt64 = 0x0102_1994
    package static let overlay: UInt64 = 0x794c_7630
}

extension FileDescriptor {
    package func status() throws(SyscallError) -> FileStatus {
        var raw = linux_status()
        try syscall("statx descriptor \(rawValue)") { unsafe linux_fstat(rawValue, &raw) }
        return FileStatus(raw)
    }

    package func filesystem() throws(SyscallError) -> FilesystemStatus {
        var raw = linux_filesystem()
        try syscall("statfs descriptor \(rawValue)") { unsafe linux_fstatfs(rawValue, &raw) }
        return FilesystemStatus(
            type: raw.type, total: raw.total, free: raw.free, available: raw.available, files: raw.files,
            filesFree: raw.files_free)
    }
}

/// The file system that a path lies on.
package func filesystem(of path: FilePath) throws(SyscallError) -> FilesystemStatus {
    try openFile(path, [.path]).borrow { fd throws(SyscallError) in try fd.filesystem() }
}

/// What is at a path, a link at its end not followed; `nil` when there is nothing.
package func fileStatus(_ path: FilePath) throws(SyscallError) -> FileStatus? {
    do {
        return try openFile(path, [.path, .noFollow]).borrow { fd throws(SyscallError) in try fd.status() }
    } catch  where error.errno == .noSuchFileOrDirectory {
        return nil
    }
}

extension FileStatus {
    init(_ raw: linux_status) {
        kind =
            switch raw.mode & S_IFMT {
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR: .characterDevice(major: raw.special_major, minor: raw.special_minor)
            case S_IFBLK: .blockDevice(major: raw.special_major, minor: raw.special_minor)
            default: .regular
            }
        permissions = raw.mode & 0o7777
        owner = raw.uid
        group = raw.gid
        links = raw.links
        inode = raw.inode
        size = raw.size
        mount = raw.mount
        device = UInt64(raw.device_major) << 32 | UInt64(raw.device_minor)
        modified = (raw.modified_seconds, raw.modified_nanoseconds)
    }
}
