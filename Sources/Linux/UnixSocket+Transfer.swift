import CLinux
import Glibc
package import SystemPackage

extension UnixSocket {
    /// Sends one packet, or part of a stream, with copies of descriptors. Waits while the other side is slow.
    package borrowing func send(_ bytes: [UInt8], descriptors: [FileDescriptor] = []) async throws {
        let fd = borrow { $0 }
        while try unlessBlocking({ () throws(SyscallError) in try fd.sendPacket(bytes, descriptors: descriptors) })
            == nil
        {
            try await Poller.current.writable(fd)
        }
    }

    /// Waits for one packet; `nil` when the other side is gone.
    package borrowing func receivePacket(limit: Int = largestPacket) async throws -> Packet? {
        let fd = borrow { $0 }
        while true {
            switch try unlessBlocking({ () throws(SyscallError) in try fd.receivePacket(limit: limit) }) {
            case .some(let answer): return answer
            case .none: try await Poller.current.readable(fd)
            }
        }
    }

    /// Writes all bytes to a stream.
    package borrowing func writeAll(_ bytes: [UInt8]) async throws {
        var rest = try writePending(bytes[...])
        while !rest.isEmpty {
            try await Poller.current.writable(borrow { $0 })
            rest = try writePending(rest)
        }
    }

    /// Writes what a stream takes without a wait; returns what is left.
    package borrowing func writePending(_ bytes: ArraySlice<UInt8>) throws(SyscallError) -> ArraySlice<UInt8> {
        let fd = borrow { $0 }
        var rest = bytes
        while !rest.isEmpty {
            let part = rest
            guard let count = try unlessBlocking({ () throws(SyscallError) in try fd.sendSome(part) }) else { break }
            rest = rest.dropFirst(count)
        }
        return rest
    }

    /// Reads what has come of a stream, at least a byte; empty at its end.
    package borrowing func readSome(limit: Int = 64 << 10) async throws -> [UInt8] {
        while true {
            // What has come already is read without a wait: mostly it has.
            if let bytes = try readPending(limit: limit) { return bytes }
            try await Poller.current.readable(borrow { $0 })
        }
    }

    /// Reads what has come of a stream; `nil`: nothing has; empty at its end.
    package borrowing func readPending(limit: Int = 64 << 10) throws(SyscallError) -> [UInt8]? {
        let fd = borrow { $0 }
        return try unlessBlocking { () throws(SyscallError) in try fd.receiveSome(limit: limit) }
    }
}

/// Runs a call on a non-blocking descriptor; `nil` when it would have to wait.
func unlessBlocking<R: ~Copyable>(_ call: () throws(SyscallError) -> R) throws(SyscallError) -> R? {
    do throws(SyscallError) {
        return try call()
    } catch {
        if error.errno == .resourceTemporarilyUnavailable { return nil }
        throw error
    }
}

extension FileDescriptor {
    /// `sendmsg(2)` of one packet with copies of descriptors, never raising SIGPIPE.
    package func sendPacket(_ bytes: [UInt8], descriptors: [FileDescriptor] = []) throws(SyscallError) {
        let numbers = descriptors.map(\.rawValue)
        try syscall("send") {
            unsafe bytes.withUnsafeBytes {
                unsafe linux_send(rawValue, $0.baseAddress, UInt64($0.count), numbers, Int32(numbers.count))
            }
        }
    }

    /// `recvmsg(2)` of one packet; `nil` at the end. One larger than `limit` is an error, and it is gone.
    package func receivePacket(limit: Int) throws(SyscallError) -> UnixSocket.Packet? {
        // Mostly little comes: the rest of the buffer is never touched.
        var buffer = unsafe [UInt8](unsafeUninitializedCapacity: limit) { $1 = limit }
        return try receivePacket(into: &buffer)
    }

    /// As ``receivePacket(limit:)``, with a buffer that is used again and again.
    package func receivePacket(into buffer: inout [UInt8]) throws(SyscallError) -> UnixSocket.Packet? {
        var numbers = [Int32](repeating: -1, count: Int(LINUX_MAX_FDS))
        var (count, truncated): (Int32, Int32) = (0, 0)
        let size: Int64
        do {
            size = try syscall("receive") {
                unsafe buffer.withUnsafeMutableBytes {
                    unsafe linux_receive(rawValue, $0.baseAddress, UInt64($0.count), &numbers, &count, &truncated)
                }
            }
        } catch  where error.errno == .connectionReset {
            return nil
        }
        let packet = UnixSocket.Packet(
            bytes: Array(buffer.prefix(Int(size))),
            descriptors: numbers.prefix(Int(count)).map { FileDescriptor(rawValue: $0) })
        if truncated != 0 { throw SyscallError("receive", .messageTooLong) }
        if size == 0 && count == 0 { return nil }
        return packet
    }

    fileprivate func sendSome(_ bytes: ArraySlice<UInt8>) throws(SyscallError) -> Int {
        Int(
            try syscall("write to socket") {
                unsafe bytes.withUnsafeBytes { unsafe linux_send(rawValue, $0.baseAddress, UInt64($0.count), nil, 0) }
            })
    }

    fileprivate func receiveSome(limit: Int) throws(SyscallError) -> [UInt8] {
        do throws(SyscallError) {
            return unsafe try readBytes(atMost: limit, "read from socket") {
                unsafe recv(rawValue, $0.baseAddress, $0.count, 0)
            }
        } catch {
            if error.errno == .connectionReset { return [] }
            throw error
        }
    }
}
