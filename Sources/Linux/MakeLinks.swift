import Glibc
package import SystemPackage

/// Makes a directory with exactly this mode, whatever the umask.
///
/// - SeeAlso: `mkdir(2)`, `chmod(2)`.
package func makeDirectory(_ path: FilePath, mode: UInt32) throws(SyscallError) {
    try syscall("mkdir \(path)") { unsafe path.withPlatformString { unsafe mkdir($0, mode) } }
    try syscall("chmod \(path)") { unsafe path.withPlatformString { unsafe chmod($0, mode) } }
}

/// Makes a symbolic link, or lets one that is there point to `target`.
///
/// - SeeAlso: `symlink(2)`.
package func makeSymbolicLink(at path: FilePath, to target: FilePath) throws(SyscallError) {
    try removeFile(at: path)
    try syscall("symlink \(target) at \(path)") {
        unsafe target.withPlatformString { target in unsafe path.withPlatformString { unsafe symlink(target, $0) } }
    }
}

/// - SeeAlso: `chmod(2)`.
package func setMode(_ mode: UInt32, of path: FilePath) throws(SyscallError) {
    try syscall("chmod \(path)") { unsafe path.withPlatformString { unsafe chmod($0, mode) } }
}
