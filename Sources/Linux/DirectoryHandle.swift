import CLinux
import Glibc
package import SystemPackage

/// An open directory, and work on what lies in it by names that are one component each.
///
/// Nothing here follows a symbolic link, except ``open(inRoot:)``, which resolves links as if the directory were `/`.
package struct DirectoryHandle: ~Copyable, Sendable {
    private let descriptor: OwnedFileDescriptor
    private var fd: Int32 { descriptor.borrow { $0.rawValue } }

    package init(adopting descriptor: consuming OwnedFileDescriptor) { self.descriptor = descriptor }

    package init(path: FilePath) throws(SyscallError) {
        let fd = try syscall("open directory \(path)") {
            unsafe path.withPlatformString { unsafe linux_tree_open_directory(AT_FDCWD, $0) }
        }
        self.init(adopting: OwnedFileDescriptor(FileDescriptor(rawValue: fd)))
    }

    /// Opens a directory below this one. Links, absolute ones too, stay inside; `..` stops here.
    /// - SeeAlso: `openat2(2)` with `RESOLVE_IN_ROOT`, Linux 5.6.
    package borrowing func open(inRoot path: FilePath) throws(SyscallError) -> DirectoryHandle {
        let root = fd
        let flags = UInt32(O_RDONLY | O_DIRECTORY)
        let fd = try syscall("open directory \(path)") {
            unsafe path.withPlatformString { unsafe linux_tree_open(root, $0, flags, 0) }
        }
        return DirectoryHandle(adopting: OwnedFileDescriptor(FileDescriptor(rawValue: fd)))
    }

    /// Opens a file below this directory for reading, links resolved inside.
    package borrowing func openFile(inRoot path: FilePath) throws(SyscallError) -> OwnedFileDescriptor {
        let root = fd
        let fd = try syscall("open \(path)") {
            unsafe path.withPlatformString { unsafe linux_tree_open(root, $0, UInt32(O_RDONLY), 0) }
        }
        return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    /// Opens a directory in this one; a link is an error.
    package borrowing func open(_ name: FilePath.Component) throws(SyscallError) -> DirectoryHandle {
        let parent = fd
        let fd = try syscall("open directory \(name)") {
            unsafe name.withPlatformString { unsafe linux_tree_open_directory(parent, $0) }
        }
        return DirectoryHandle(adopting: OwnedFileDescriptor(FileDescriptor(rawValue: fd)))
    }

    package borrowing func makeDirectory(_ name: FilePath.Component, mode: UInt32 = 0o755) throws(SyscallError) {
        let parent = fd
        try syscall("mkdir \(name)") { unsafe name.withPlatformString { unsafe mkdirat(parent, $0, mode) } }
    }

    /// Makes a new file and opens it for writing.
    package borrowing func create(_ name: FilePath.Component) throws(SyscallError) -> OwnedFileDescriptor {
        let parent = fd
        let fd = try syscall("create \(name)") {
            unsafe name.withPlatformString { unsafe linux_tree_create(parent, $0) }
        }
        return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    /// Makes a symbolic link. `target` is taken as it stands and ends with NUL.
    package borrowing func makeLink(_ name: FilePath.Component, to target: [CChar]) throws(SyscallError) {
        let parent = fd
        try syscall("symlink \(name)") {
            unsafe name.withPlatformString { unsafe symlinkat(target, parent, $0) }
        }
    }

    /// Gives `target` in `directory` one more name here. A link is linked itself, not what it points to.
    package borrowing func makeHardLink(
        _ name: FilePath.Component, to target: FilePath.Component, in directory: borrowing DirectoryHandle
    ) throws(SyscallError) {
        let (parent, from) = (fd, directory.fd)
        try syscall("link \(name) to \(target)") {
            unsafe target.withPlatformString { target in
                unsafe name.withPlatformString { unsafe linkat(from, target, parent, $0, 0) }
            }
        }
    }

    /// Makes a device node, a fifo or a socket. `mode` holds the file type.
    package borrowing func makeNode(
        _ name: FilePath.Component, mode: UInt32, major: UInt32 = 0, minor: UInt32 = 0
    ) throws(SyscallError) {
        let parent = fd
        try syscall("mknod \(name)") {
            unsafe name.withPlatformString { unsafe linux_tree_mknod(parent, $0, mode, major, minor) }
        }
    }

    /// `nil` if there is no such name. Without a name: the directory itself.
    package borrowing func status(_ name: FilePath.Component? = nil) throws(SyscallError) -> TreeEntry? {
        let parent = fd
        var status = linux_tree_status()
        do {
            try syscall("stat \(name?.string ?? "directory")") {
                guard let name else { return unsafe linux_tree_stat(parent, "", &status) }
                return unsafe name.withPlatformString { unsafe linux_tree_stat(parent, $0, &status) }
            }
        } catch  where error.errno == .noSuchFileOrDirectory { return nil }
        return TreeEntry(status)
    }

    /// Writes everything of this directory's file system to the disk. - SeeAlso: `syncfs(2)`.
    package borrowing func syncFileSystem() throws(SyscallError) {
        let fd = self.fd
        try syscall("syncfs") { linux_tree_syncfs(fd) }
    }

    /// Writes the directory's own entries to the disk.
    package borrowing func sync() throws(SyscallError) {
        let fd = self.fd
        try syscall("fsync directory") { fsync(fd) }
    }

    package borrowing func borrow<R, E: Error>(_ body: (FileDescriptor) throws(E) -> R) throws(E) -> R {
        try descriptor.borrow(body)
    }
}

/// What `stat(2)` tells of a name in a directory.
package struct TreeEntry: Equatable, Sendable {
    /// Type and permissions.
    package let mode: UInt32
    package let owner: UInt32
    package let group: UInt32
    /// Of a device node: 0 is `0:0`, which overlayfs takes for a whiteout.
    package let device: UInt64
    /// In bytes.
    package let size: UInt64
    package let modified: FileTime

    init(_ status: linux_tree_status) {
        mode = status.mode
        owner = status.uid
        group = status.gid
        device = status.device
        size = status.size
        modified = FileTime(seconds: status.mtime_sec, nanoseconds: status.mtime_nsec)
    }

    // Source: inode(7).
    package static let directory: UInt32 = 0o040000
    package static let regular: UInt32 = 0o100000
    package static let link: UInt32 = 0o120000
    package static let character: UInt32 = 0o020000
    package static let block: UInt32 = 0o060000
    package static let fifo: UInt32 = 0o010000
    package var type: UInt32 { mode & 0o170000 }
    package var permissions: UInt32 { mode & 0o7777 }
    package var isDirectory: Bool { type == Self.directory }
    /// Whether overlayfs takes this for the absence of a file. Source: Documentation/filesystems/overlayfs.rst.
    package var isWhiteout: Bool { type == Self.character && device == 0 }
}

/// A time of a file, since 1970.
package struct FileTime: Equatable, Sendable {
    package var seconds: Int64
    package var nanoseconds: Int64

    package init(seconds: Int64, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    var timespec: timespec { Glibc.timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds)) }
}
