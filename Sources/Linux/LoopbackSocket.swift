import CLinux
import Glibc
package import SystemPackage

/// A family of addresses that a loopback interface has.
package enum LoopbackFamily: Sendable, CaseIterable { case ipv4, ipv6 }

/// Begins to connect to a port of the loopback of the calling thread's network. To be waited for by ``connected(_:)``.
///
/// - SeeAlso: `connect(2)`.
package func connecting(toLoopback family: LoopbackFamily, port: UInt16) throws(SyscallError) -> OwnedFileDescriptor {
    let fd = try syscall("connect to port \(port)") { linux_connect_loopback(family == .ipv6 ? 1 : 0, port) }
    return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
}

/// Waits until a socket is connected. Cancelled with its task, as everything that waits.
package func connected(_ socket: FileDescriptor) async throws {
    try await Poller.current.writable(socket)
    try syscall("connect") { linux_socket_error(socket.rawValue) }
}
