import CLinux
import Glibc
package import SystemPackage

/// Ends this program.
package func endProgram(_ code: Int32) -> Never { exit(code) }

/// Makes the orphans of this process' descendants its own children, so that none is left to nobody.
///
/// - SeeAlso: `prctl(2)` PR_SET_CHILD_SUBREAPER.
package func adoptOrphans() throws(SyscallError) {
    try syscall("prctl PR_SET_CHILD_SUBREAPER") { linux_prctl(LINUX_PR_SET_CHILD_SUBREAPER, 1, 0) }
}

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

/// Seconds since 1970 as a date and time of UTC.
///
/// - SeeAlso: `gmtime_r(3)`.
package func calendar(ofSecond seconds: Int64) -> (year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int)
{
    var time = time_t(seconds)
    var parts = unsafe tm()
    unsafe _ = gmtime_r(&time, &parts)
    return unsafe (
        Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour), Int(parts.tm_min),
        Int(parts.tm_sec)
    )
}
