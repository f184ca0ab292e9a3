import CLinux
import Glibc
package import SystemPackage

/// Waits until at least one of the descriptors can be read or is at its end: for a program that has one thread.
///
/// - Parameter milliseconds: `nil` waits for ever.
/// - Returns: for each descriptor whether it is ready; none after the time is over.
/// - SeeAlso: `poll(2)`.
package func waitReadable(
    _ descriptors: [FileDescriptor], milliseconds: Int32? = nil
) throws(SyscallError) -> [Bool] {
    let numbers = descriptors.map(\.rawValue)
    var ready = [UInt8](repeating: 0, count: numbers.count)
    try syscall("poll") { unsafe linux_poll(numbers, Int32(numbers.count), &ready, milliseconds ?? -1) }
    return ready.map { $0 != 0 }
}

/// Does nothing for a while.
///
/// - SeeAlso: `usleep(3)`.
package func pause(milliseconds: UInt32) { usleep(milliseconds * 1000) }

extension FileDescriptor {
    /// Waits until no other process holds the file's lock, and takes it. It is let go when the descriptor is closed.
    ///
    /// - SeeAlso: `flock(2)`.
    package func lock() throws(SyscallError) { try syscall("flock") { linux_lock(rawValue) } }
}

extension FileDescriptor {
    /// The signals that have come since it was asked last, of a descriptor of ``signalDescriptor(_:)``.
    ///
    /// Source: signalfd(2): `struct signalfd_siginfo` has 128 bytes and begins with the number.
    package func readSignals() throws(SyscallError) -> [Int32] {
        var buffer = [UInt8](repeating: 0, count: 16 * 128)
        do throws(SyscallError) {
            let count = try syscall("read signals") {
                unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(rawValue, $0.baseAddress, $0.count) }
            }
            return stride(from: 0, to: count, by: 128).map { Int32(buffer[$0]) }
        } catch {
            if error.errno == .resourceTemporarilyUnavailable { return [] }
            throw error
        }
    }

    /// Lets reads and writes wait.
    package func makeBlocking() throws(SyscallError) {
        try syscall("fcntl") { linux_set_nonblocking(rawValue, 0) }
    }

    /// Lets reads and writes fail with EAGAIN instead of waiting, for all who share the open file.
    package func makeNonBlocking() throws(SyscallError) {
        try syscall("fcntl") { linux_set_nonblocking(rawValue, 1) }
    }
}
