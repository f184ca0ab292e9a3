import CLinux
import Glibc
import Synchronization
import SystemPackage

/// One end of a pipe or terminal that tasks read or write; closed by ``close()`` or with its last reference.
///
/// One task reads and one writes at a time.
package final class StreamEnd: Sendable {
    private let descriptor: Mutex<FileDescriptor?>

    /// Takes the descriptor over and makes it non-blocking, which holds for all who share its open file.
    package init(adopting descriptor: consuming OwnedFileDescriptor) throws(SyscallError) {
        let fd = descriptor.release()
        self.descriptor = Mutex(fd)
        try syscall("fcntl") { linux_set_nonblocking(fd.rawValue, 1) }
    }

    deinit { close() }

    /// Closes it; a second time does nothing. Whoever waits for it must have been cancelled before.
    package func close() {
        let fd = descriptor.withLock { fd in
            defer { fd = nil }
            return fd
        }
        try? fd?.close()
    }

    /// Waits for something to read, or the end.
    package func readable() async throws {
        guard let fd = descriptor.withLock(\.self) else { return }
        try await Poller.current.readable(fd)
    }

    /// What is there to be read: `nil` when nothing is, empty at the end. A terminal that nobody holds is at its end.
    package func readPending(limit: Int = 32 << 10) throws(SyscallError) -> [UInt8]? {
        guard let fd = descriptor.withLock(\.self) else { return [] }
        do throws(SyscallError) {
            return unsafe try readBytes(atMost: limit, "read") { unsafe read(fd.rawValue, $0.baseAddress, $0.count) }
        } catch {
            switch error.errno {
            case .resourceTemporarilyUnavailable: return nil
            case .ioError: return []
            default: throw error
            }
        }
    }

    /// Writes all bytes, waiting while the other side is slow. `false`: nobody reads any more.
    package func writeAll(_ bytes: [UInt8]) async throws -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let fd = descriptor.withLock(\.self) else { return false }
            let part = rest
            do throws(SyscallError) {
                let count = try unlessBlocking { () throws(SyscallError) in
                    try syscall("write") {
                        unsafe part.withUnsafeBytes { unsafe write(fd.rawValue, $0.baseAddress, $0.count) }
                    }
                }
                rest = rest.dropFirst(count ?? 0)
                guard count == nil else { continue }
            } catch {
                guard error.errno == .brokenPipe || error.errno == .ioError else { throw error }
                return false
            }
            try await Poller.current.writable(fd)
        }
        return true
    }

    /// Ends what is written to a socket; what comes from it can still be read.
    ///
    /// - SeeAlso: `shutdown(2)`.
    package func finishWriting() {
        guard let fd = descriptor.withLock(\.self) else { return }
        shutdown(fd.rawValue, Int32(SHUT_WR))
    }

    /// Gives a terminal its size; whoever runs on it is told by SIGWINCH.
    ///
    /// - SeeAlso: `ioctl_tty(2)`, TIOCSWINSZ.
    package func resize(to size: TerminalSize) throws(SyscallError) {
        guard let fd = descriptor.withLock(\.self) else { return }
        try syscall("set terminal size") { linux_set_terminal_size(fd.rawValue, size.rows, size.columns) }
    }
}
