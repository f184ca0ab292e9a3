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

/// How much text a terminal shows.
package struct TerminalSize: Codable, Equatable, Sendable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }

    /// That of the terminal at a descriptor; `nil` if it is none.
    package init?(of fd: FileDescriptor) {
        var (rows, columns): (UInt16, UInt16) = (0, 0)
        guard unsafe linux_terminal_size(fd.rawValue, &rows, &columns) == 0 else { return nil }
        self.init(rows: rows, columns: columns)
    }
}

/// A terminal whose keys go to the program as they are pressed, until ``restore()``.
///
/// - SeeAlso: `termios(3)`, raw mode.
package struct RawTerminal: ~Copyable {
    private let fd: FileDescriptor
    private let saved: termios

    /// `nil` if the descriptor is no terminal.
    package init?(_ fd: FileDescriptor) {
        var settings = termios()
        guard unsafe tcgetattr(fd.rawValue, &settings) == 0 else { return nil }
        self.fd = fd
        saved = settings
        unsafe cfmakeraw(&settings)
        unsafe tcsetattr(fd.rawValue, TCSADRAIN, &settings)
    }

    package consuming func restore() {
        var settings = saved
        unsafe tcsetattr(fd.rawValue, TCSADRAIN, &settings)
    }
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
