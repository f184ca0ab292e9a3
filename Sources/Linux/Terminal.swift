import CLinux
import Glibc
package import SystemPackage

/// How many columns the terminal at a descriptor has; `nil` if it is none.
///
/// - SeeAlso: `ioctl_tty(2)`, TIOCGWINSZ.
package func terminalWidth(_ fd: FileDescriptor) -> Int? {
    guard isatty(fd.rawValue) == 1 else { return nil }
    let columns = linux_terminal_columns(fd.rawValue)
    return columns > 0 ? Int(columns) : 80
}

/// The name that the kernel has for this machine.
///
/// - SeeAlso: `gethostname(2)`.
package func hostName() throws(SyscallError) -> String {
    // Source: uapi/linux/utsname.h: 64 bytes and a NUL.
    var name = [CChar](repeating: 0, count: 65)
    try syscall("gethostname") { unsafe gethostname(&name, name.count) }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
