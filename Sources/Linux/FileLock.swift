import Glibc
package import SystemPackage

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
