import Glibc
package import SystemPackage

/// Ends this program.
package func endProgram(_ code: Int32) -> Never { exit(code) }

/// The directory that relative paths start at.
///
/// - SeeAlso: `getcwd(3)`.
package func currentDirectory() throws(SyscallError) -> FilePath {
    var buffer = [CChar](repeating: 0, count: 4097)
    let isFound = unsafe getcwd(&buffer, buffer.count) != nil
    guard isFound else { throw SyscallError("getcwd", Errno(rawValue: errno)) }
    return FilePath(String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
}

/// The user that this program acts as.
package func effectiveUser() -> UInt32 { geteuid() }

/// A variable of this program's environment; `nil` if it is not set.
package func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
}
