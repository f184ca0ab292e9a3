import CLinux
import Glibc
package import SystemPackage

/// How a file is opened, as `open(2)` numbers it. Close-on-exec is always added.
package struct OpenFlags: OptionSet, Hashable, Sendable {
    package let rawValue: Int32
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static let readOnly = Self([])
    package static let writeOnly = Self(rawValue: O_WRONLY)
    package static let readWrite = Self(rawValue: O_RDWR)
    package static let append = Self(rawValue: O_APPEND)
    package static let create = Self(rawValue: O_CREAT)
    package static let exclusive = Self(rawValue: O_EXCL)
    package static let truncate = Self(rawValue: O_TRUNC)
    package static let directory = Self(rawValue: O_DIRECTORY)
    package static let noFollow = Self(rawValue: O_NOFOLLOW)
    package static let nonBlocking = Self(rawValue: O_NONBLOCK)
    /// A terminal does not become that of the session.
    package static let noTerminal = Self(rawValue: O_NOCTTY)
    /// Names the file without opening it: nothing happens to a device or FIFO.
    package static let path = Self(rawValue: Int32(LINUX_O_PATH))
}

/// How `openat2(2)` may get to the file, Linux 5.6.
package struct Resolution: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// `EXDEV` instead of crossing into another mount.
    package static let noMounts = Self(rawValue: UInt64(LINUX_RESOLVE_NO_XDEV))
    /// `ELOOP` at links of `/proc` such as `/proc/self/fd/3`.
    package static let noMagicLinks = Self(rawValue: UInt64(LINUX_RESOLVE_NO_MAGICLINKS))
    /// `ELOOP` at every symbolic link.
    package static let noLinks = Self(rawValue: UInt64(LINUX_RESOLVE_NO_SYMLINKS))
    /// `EXDEV` instead of leaving the directory by `..`, an absolute path or link.
    package static let beneath = Self(rawValue: UInt64(LINUX_RESOLVE_BENEATH))
    /// The directory is `/` for the path and every link in it, as after `chroot(2)`.
    package static let inRoot = Self(rawValue: UInt64(LINUX_RESOLVE_IN_ROOT))
}

extension FileDescriptor {
    /// Opens a path from this directory under rules that no symbolic link, exchange or mount in it can break.
    ///
    /// - SeeAlso: `openat2(2)`. It says `EAGAIN` when something was renamed meanwhile: then it is tried again.
    package func open(
        _ path: FilePath, _ flags: OpenFlags, mode: UInt32 = 0, resolve: Resolution
    ) throws(SyscallError) -> OwnedFileDescriptor {
        let flags = flags.rawValue | O_CLOEXEC
        var tries = 0
        while true {
            do {
                let fd = try syscall("open \(path)") {
                    unsafe path.withPlatformString {
                        unsafe linux_openat2(rawValue, $0, flags, mode, resolve.rawValue)
                    }
                }
                return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
            } catch  where error.errno == .resourceTemporarilyUnavailable && tries < 64 {
                tries += 1
            }
        }
    }

    /// Opens a path as a process would whose root is this directory: `..` and absolute links stay inside.
    package func openInRoot(
        _ path: FilePath, _ flags: OpenFlags, mode: UInt32 = 0
    ) throws(SyscallError) -> OwnedFileDescriptor {
        try open(path, flags, mode: mode, resolve: [.inRoot, .noMagicLinks])
    }
}

/// Opens a directory to work from.
package func openDirectory(_ path: FilePath) throws(SyscallError) -> OwnedFileDescriptor {
    try FileDescriptor.workingDirectory.open(path, [.directory], resolve: [])
}

/// Opens a path of the agent's own, one that no container has a say in.
package func openFile(
    _ path: FilePath, _ flags: OpenFlags, mode: UInt32 = 0o600
) throws(SyscallError) -> OwnedFileDescriptor {
    try FileDescriptor.workingDirectory.open(path, flags, mode: mode, resolve: [])
}

extension FileDescriptor {
    /// `AT_FDCWD`: relative paths start at the working directory.
    package static var workingDirectory: FileDescriptor { FileDescriptor(rawValue: LINUX_AT_FDCWD) }
}
