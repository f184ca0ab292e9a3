import Glibc
package import SystemPackage

/// What tells whether a file is still the one that was looked at.
package struct FileStamp: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let modifiedSeconds: Int64
    let modifiedNanoseconds: Int64
}

/// The stamp of a file, or of what a link leads to; `nil` if there is none.
package func fileStamp(_ path: FilePath) -> FileStamp? {
    guard let status = status(of: path) else { return nil }
    return FileStamp(
        device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
        modifiedSeconds: Int64(status.st_mtim.tv_sec), modifiedNanoseconds: Int64(status.st_mtim.tv_nsec))
}

/// Whether the path is a regular file, or leads to one.
package func isRegularFile(_ path: FilePath) -> Bool {
    status(of: path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
}

private func status(of path: FilePath) -> stat? {
    var status = stat()
    guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return nil }
    return status
}
