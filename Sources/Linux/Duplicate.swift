import Glibc
package import SystemPackage

/// Another descriptor of the same open file, closed when a program is executed.
///
/// - SeeAlso: `fcntl(2)`, `F_DUPFD_CLOEXEC`.
package func duplicate(_ file: FileDescriptor) throws(SyscallError) -> OwnedFileDescriptor {
    let number = try syscall("duplicate descriptor \(file.rawValue)") { fcntl(file.rawValue, F_DUPFD_CLOEXEC, 0) }
    return OwnedFileDescriptor(FileDescriptor(rawValue: number))
}
