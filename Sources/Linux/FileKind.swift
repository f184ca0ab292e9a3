import Glibc
package import SystemPackage

/// What kind of thing a path names, links followed.
package enum FileKind: Sendable {
    case regular, directory, socket, characterDevice, blockDevice, other

    /// `nil` when there is nothing at the path.
    ///
    /// - SeeAlso: `stat(2)`.
    package init?(at path: FilePath) throws(SyscallError) {
        var info = stat()
        do {
            try syscall("stat \(path)") { unsafe path.withPlatformString { unsafe stat($0, &info) } }
        } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
            return nil
        }
        switch info.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .directory
        case S_IFSOCK: self = .socket
        case S_IFCHR: self = .characterDevice
        case S_IFBLK: self = .blockDevice
        default: self = .other
        }
    }
}

/// Makes an empty file; one that is there stays as it is.
package func createEmptyFile(at path: FilePath, mode: UInt32) throws {
    try naming("create \(path)") {
        try FileDescriptor.open(
            path, .writeOnly, options: [.create, .closeOnExec], permissions: FilePermissions(rawValue: CModeT(mode))
        ).close()
    }
}
