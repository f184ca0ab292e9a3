import Glibc
package import SystemPackage

/// How much of a disk something takes: bytes, and how many files and directories.
package struct DiskUse: Equatable, Sendable {
    package var bytes: UInt64
    package var files: UInt64

    package init(bytes: UInt64 = 0, files: UInt64 = 0) {
        self.bytes = bytes
        self.files = files
    }

    package static func + (one: Self, other: Self) -> Self {
        Self(bytes: one.bytes + other.bytes, files: one.files + other.files)
    }

    /// Of a directory and all below it; a file with several names counts once.
    ///
    /// - SeeAlso: `stat(2)`: `st_blocks` are of 512 bytes.
    package init(of path: FilePath) throws(SyscallError) {
        var (bytes, files): (UInt64, UInt64) = (0, 0)
        var seen: Set<UInt64> = []
        try walkTree(at: path) { file throws(SyscallError) in
            var info = stat()
            try syscall("stat in \(path)") { unsafe fstat(file.rawValue, &info) }
            if info.st_nlink > 1, info.st_mode & S_IFMT != S_IFDIR, !seen.insert(UInt64(info.st_ino)).inserted {
                return
            }
            bytes += UInt64(info.st_blocks) * 512
            files += 1
        }
        self.init(bytes: bytes, files: files)
    }
}
