import CLinux
import Glibc
package import SystemPackage

/// A Unix socket: a stream of bytes, a sequence of packets that carry descriptors, or datagrams of anybody's.
///
/// The descriptor is non-blocking; the async calls wait on ``Poller``.
///
/// - SeeAlso: `unix(7)`.
package struct UnixSocket: ~Copyable, Sendable {
    package enum Kind: Int32, Sendable { case stream, packets, datagrams }

    /// Who called `connect(2)` on the other side.
    package struct Peer: Equatable, Sendable {
        package let pid: Int32
        package let uid: UInt32
        package let gid: UInt32
    }

    /// One packet with the descriptors that came along.
    package struct Packet: ~Copyable {
        package let bytes: [UInt8]
        package var descriptors: [FileDescriptor]
        /// Gives the descriptors away; those not taken are closed.
        package consuming func takeDescriptors() -> [FileDescriptor] {
            let taken = descriptors
            descriptors = []
            return taken
        }
        deinit { for fd in descriptors { try? fd.close() } }
    }

    /// Two connected ends.
    package struct Pair: ~Copyable {
        package let near: OwnedFileDescriptor
        package let far: OwnedFileDescriptor

        /// Both ends, to be owned by the caller.
        package consuming func release() -> (near: FileDescriptor, far: FileDescriptor) {
            (near.release(), far.release())
        }
    }

    /// Packets up to this many bytes pass whatever `SO_SNDBUF` is; larger content goes through a memory file.
    package static let largestPacket = 64 << 10

    private let descriptor: OwnedFileDescriptor

    package init(adopting descriptor: consuming OwnedFileDescriptor) { self.descriptor = descriptor }

    package borrowing func borrow<R: ~Copyable, E: Error>(_ body: (FileDescriptor) throws(E) -> R) throws(E) -> R {
        try descriptor.borrow(body)
    }

    package consuming func release() -> FileDescriptor { descriptor.release() }

    /// Listens at a path that only root may connect to. A socket file left there by a dead process is replaced.
    ///
    /// The mode is set before anybody can connect: `bind` makes the file, `listen` opens it.
    package static func listening(
        at path: FilePath, _ kind: Kind, mode: UInt32 = 0o600, backlog: Int32 = 128
    ) throws(SyscallError) -> UnixSocket {
        let socket = try make(kind)
        try removeFile(at: path)
        try withShortPath(path) { short throws(SyscallError) in
            try socket.borrow { fd throws(SyscallError) in
                try syscall("bind \(path)") { unsafe linux_unix_bind(fd.rawValue, short) }
                try syscall("chmod \(path)") { unsafe chmod(short, mode) }
                // Datagrams come without a connection.
                if kind != .datagrams { try syscall("listen \(path)") { listen(fd.rawValue, backlog) } }
            }
        }
        return socket
    }

    /// Connects to a listening socket. `ECONNREFUSED`: its process is gone.
    package static func connecting(to path: FilePath, _ kind: Kind) throws(SyscallError) -> UnixSocket {
        let socket = try make(kind)
        try withShortPath(path) { short throws(SyscallError) in
            try socket.borrow { fd throws(SyscallError) in
                _ = try syscall("connect \(path)") { unsafe linux_unix_connect(fd.rawValue, short) }
            }
        }
        return socket
    }

    /// Two ends of a packet socket, blocking: for a process and its child.
    package static func pair() throws(SyscallError) -> Pair {
        var ends: [Int32] = [-1, -1]
        try syscall("socketpair") { unsafe linux_unix_pair(&ends) }
        return Pair(
            near: OwnedFileDescriptor(FileDescriptor(rawValue: ends[0])),
            far: OwnedFileDescriptor(FileDescriptor(rawValue: ends[1])))
    }

    private static func make(_ kind: Kind) throws(SyscallError) -> UnixSocket {
        let fd = try syscall("socket") { linux_unix_socket(kind.rawValue) }
        return UnixSocket(adopting: OwnedFileDescriptor(FileDescriptor(rawValue: fd)))
    }

    /// A socket's address holds 107 bytes. A longer path goes through a descriptor of its directory.
    private static func withShortPath(
        _ path: FilePath, _ body: (String) throws(SyscallError) -> Void
    ) throws(SyscallError) {
        if path.string.utf8.count <= 107 { return try body(path.string) }
        guard let name = path.lastComponent else { throw SyscallError("socket \(path)", .invalidArgument) }
        try openFile(path.removingLastComponent(), [.path, .directory]).borrow { directory throws(SyscallError) in
            try body("/proc/self/fd/\(directory.rawValue)/\(name)")
        }
    }

    /// Who is at the other end, as the kernel vouches.
    package borrowing func peer() throws(SyscallError) -> Peer {
        var (pid, uid, gid): (Int32, UInt32, UInt32) = (0, 0, 0)
        try descriptor.borrow { fd throws(SyscallError) in
            _ = try syscall("peer of socket") { unsafe linux_peer_credentials(fd.rawValue, &pid, &uid, &gid) }
        }
        return Peer(pid: pid, uid: uid, gid: gid)
    }

    /// Waits for a connection. One that was given up meanwhile is passed over.
    package borrowing func accept() async throws -> UnixSocket {
        let fd = descriptor.borrow { $0 }
        while true {
            try await Poller.current.readable(fd)
            if let connection = try Self.acceptPending(fd) { return connection }
        }
    }

    /// A connection that waits already; `nil` if there is none, or it was given up meanwhile.
    package static func acceptPending(_ fd: FileDescriptor) throws(SyscallError) -> UnixSocket? {
        do throws(SyscallError) {
            let raw = try syscall("accept") { linux_accept(fd.rawValue) }
            return UnixSocket(adopting: OwnedFileDescriptor(FileDescriptor(rawValue: raw)))
        } catch {
            if error.errno == .resourceTemporarilyUnavailable || error.errno == .connectionAbort { return nil }
            throw error
        }
    }
}
