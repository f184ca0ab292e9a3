import CLinux
import Glibc
package import SystemPackage

/// A file without a name, in memory, that nobody can change any more.
///
/// - SeeAlso: `memfd_create(2)`, and `F_ADD_SEALS` in `fcntl(2)`.
package func sealedMemoryFile(_ name: String, _ content: [UInt8]) throws -> OwnedFileDescriptor {
    let fd = OwnedFileDescriptor(
        FileDescriptor(rawValue: try syscall("memfd_create") { unsafe linux_memfd_create(name) }))
    try fd.borrow { fd in
        try naming("write \(name)") { _ = try fd.writeAll(content) }
        try syscall("seal \(name)") { linux_memfd_seal(fd.rawValue) }
    }
    return fd
}

/// Reads a memory file that another process sent. It must be sealed against writing and shrinking, and small enough.
package func readSealedMemoryFile(_ fd: FileDescriptor, limit: Int) throws(SyscallError) -> [UInt8] {
    let seals = try syscall("seals of memory file") { linux_memfd_seals(fd.rawValue) }
    // Source: fcntl(2): F_SEAL_SHRINK 2, F_SEAL_GROW 4, F_SEAL_WRITE 8.
    guard seals & 0xe == 0xe else { throw SyscallError("memory file is not sealed", .permissionDenied) }
    let size = try fd.status().size
    guard size <= UInt64(limit) else { throw SyscallError("memory file of \(size) bytes", .fileTooLarge) }
    var content = [UInt8](repeating: 0, count: Int(size))
    let count = try syscall("read memory file") {
        unsafe content.withUnsafeMutableBytes { unsafe pread(fd.rawValue, $0.baseAddress, $0.count, 0) }
    }
    guard count == content.count else { throw SyscallError("read memory file", .ioError) }
    return content
}

/// What `write` wrote into a file in memory, for libraries that can only write to a descriptor.
package func readingMemoryFile(_ name: String, _ write: (FileDescriptor) throws -> Void) throws -> [UInt8] {
    let fd = OwnedFileDescriptor(
        FileDescriptor(rawValue: try syscall("memfd_create") { unsafe linux_memfd_create(name) }))
    return try fd.borrow { fd in
        try write(fd)
        try naming("seek \(name)") { _ = try fd.seek(offset: 0, from: .start) }
        return try naming("read \(name)") { try fd.readToEnd(limit: 16 << 20) }
    }
}
