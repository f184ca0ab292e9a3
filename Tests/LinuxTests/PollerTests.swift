import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Linux

@Suite struct `The poller` {
    private func pipe() throws -> (read: FileDescriptor, write: FileDescriptor) {
        let (read, write) = try FileDescriptor.pipe()
        return (read, write)
    }

    @Test func `wakes who waits for data`() async throws {
        let (read, write) = try pipe()
        defer { _ = try? (read.close(), write.close()) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { try await Poller.shared.readable(read) } }
            _ = try write.writeAll([1])
            try await group.waitForAll()
        }
    }

    @Test func `lets go when the task is cancelled, again and again`() async throws {
        let (read, write) = try pipe()
        defer { _ = try? (read.close(), write.close()) }
        for _ in 0..<200 {
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await Poller.shared.readable(read) }
                    group.cancelAll()
                    try await group.next()
                }
            }
        }
        _ = try write.writeAll([1])
        try await Poller.shared.readable(read)
    }

    @Test func `refuses a descriptor that cannot be waited for`() async throws {
        try await withTemporaryDirectory { directory in
            let file = try openFile(directory.appending("file"), [.create, .writeOnly])
            let fd = file.borrow { $0 }
            await #expect(throws: SyscallError.self) { try await Poller.shared.readable(fd) }
        }
    }

    @Test func `serves readers and writers of one descriptor`() async throws {
        let pair = try UnixSocket.pair()
        let (near, far) = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Poller.shared.readable(near) }
            try await Poller.shared.writable(near)
            try far.sendPacket([7])
            try await group.waitForAll()
        }
        _ = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
    }
}
