import Glibc
package import SystemPackage

/// A lock on a file that many may hold: each program that inherits its descriptor, and what that starts in turn.
///
/// - SeeAlso: `flock(2)`: the lock goes when the last copy of the descriptor is closed.
package enum FileLock {
    /// Takes the lock, together with others, for as long as the descriptor is open anywhere.
    package static func shared(at path: FilePath) throws(SyscallError) -> OwnedFileDescriptor {
        let file = try openFile(path, [.readOnly, .create])
        let fd = file.borrow { $0.rawValue }
        try syscall("lock \(path)") { flock(fd, LOCK_SH) }
        return file
    }

    /// Takes the lock alone, for as long as the descriptor is open; `nil` where somebody holds it.
    package static func exclusive(at path: FilePath) throws(SyscallError) -> OwnedFileDescriptor? {
        let file = try openFile(path, [.readOnly, .create])
        let fd = file.borrow { $0.rawValue }
        do throws(SyscallError) {
            try syscall("lock \(path)") { flock(fd, LOCK_EX | LOCK_NB) }
        } catch {
            guard error.errno == .wouldBlock else { throw error }
            return nil
        }
        return file
    }

    /// Whether anybody holds the lock now.
    package static func isHeld(at path: FilePath) throws(SyscallError) -> Bool {
        switch try exclusive(at: path) {
        case .some: false
        case .none: true
        }
    }
}

/// Holds `flock(2)` of a file, made if need be, while `body` runs. Waits for whoever has it, so not on a task's thread.
package func withFileLock<R>(_ path: FilePath, _ body: () throws -> R) throws -> R {
    let file = try naming("open \(path)") {
        try FileDescriptor.open(
            path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
    // Closing it lets go of the lock.
    return try file.closeAfter {
        try syscall("lock \(path)") { flock(file.rawValue, LOCK_EX) }
        return try body()
    }
}
