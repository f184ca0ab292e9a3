import Glibc
package import SystemPackage

/// Removes an empty directory. One that is not there is no error.
///
/// - SeeAlso: `rmdir(2)`.
package func removeDirectory(at path: FilePath) throws(SyscallError) {
    do {
        try syscall("rmdir \(path)") { unsafe path.withPlatformString { unsafe rmdir($0) } }
    } catch  where error.errno == .noSuchFileOrDirectory {}
}

/// Whether there is something at the path, links followed.
///
/// - Throws: when the kernel does not tell.
/// - SeeAlso: `access(2)`.
package func fileExists(at path: FilePath) throws(SyscallError) -> Bool {
    do throws(SyscallError) {
        try syscall("access \(path)") { unsafe path.withPlatformString { unsafe access($0, F_OK) } }
        return true
    } catch {
        guard error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory else { throw error }
        return false
    }
}

/// Gives a file another name on the same file system, in place of what has that name.
///
/// - SeeAlso: `rename(2)`.
package func moveFile(at path: FilePath, to target: FilePath) throws(SyscallError) {
    try syscall("rename \(path) to \(target)") {
        unsafe path.withPlatformString { old in unsafe target.withPlatformString { unsafe rename(old, $0) } }
    }
}

/// Makes one directory. One that is there already is an error.
///
/// - SeeAlso: `mkdir(2)`.
package func makeNewDirectory(_ path: FilePath, mode: UInt32) throws(SyscallError) {
    try syscall("mkdir \(path)") { unsafe path.withPlatformString { unsafe mkdir($0, mode) } }
}
