import CLinux
import Glibc
package import SystemPackage

/// The terminal that this program was started at, while keys typed there belong to another program.
///
/// - SeeAlso: `termios(3)`.
package struct CallersTerminal: ~Copyable {
    private let terminal: FileDescriptor

    /// Keys go through as they are typed, from now to the end of this value. `nil` when it is no terminal.
    package init?(_ descriptor: FileDescriptor) {
        guard linux_terminal_raw(descriptor.rawValue) == 0 else { return nil }
        terminal = descriptor
    }

    deinit { _ = linux_terminal_restore(terminal.rawValue) }

    /// Makes another terminal as large as this one.
    package borrowing func giveSize(to other: FileDescriptor) {
        _ = linux_terminal_copy_size(terminal.rawValue, other.rawValue)
    }
}
