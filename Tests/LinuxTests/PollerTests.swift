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
            for _ in 0..<3 { group.addTask { try await Poller.current.readable(read) } }
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
                    group.addTask { try await Poller.current.readable(read) }
                    group.cancelAll()
                    try await group.next()
                }
            }
        }
        _ = try write.writeAll([1])
        try await Poller.current.readable(read)
    }

    @Test func `refuses a descriptor that cannot be waited for`() async throws {
        try await withTemporaryDirectory { directory in
            let file = try openFile(directory.appending("file"), [.create, .writeOnly])
            let fd = file.borrow { $0 }
            await #expect(throws: SyscallError.self) { try await Poller.current.readable(fd) }
        }
    }

    @Test func `serves readers and writers of one descriptor`() async throws {
        let pair = try UnixSocket.pair()
        let (near, far) = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Poller.current.readable(near) }
            try await Poller.current.writable(near)
            try far.sendPacket([7])
            try await group.waitForAll()
        }
        _ = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
    }

    @Test func `keeps those on its thread that it runs, and their tasks`() async throws {
        let poller = Poller()
        let pair = try UnixSocket.pair()
        let (near, far) = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
        let threads = try await poller.run {
            var threads = [pthread_self()]
            for _ in 0..<20 {
                async let other: pthread_t = {
                    try await Task.sleep(for: .microseconds(100))
                    try far.sendPacket([7])
                    return pthread_self()
                }()
                try await Poller.current.readable(near)
                threads.append(pthread_self())
                _ = try near.receivePacket(limit: 8)
                threads.append(try await other)
            }
            return Set(threads)
        }
        #expect(threads.count == 1)
        let elsewhere = await poller.run { await Poller.leave { (pthread_self(), Poller.current === poller) } }
        #expect(!threads.contains(elsewhere.0) && !elsewhere.1)
        _ = (pair.near.borrow { $0 }, pair.far.borrow { $0 })
    }

    @Test func `runs what many tasks and threads ask of it`() async throws {
        let poller = Poller()
        let sum = try await poller.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<1000 {
                    group.addTask {
                        if number % 3 == 0 { try await Poller.leave { try await Task.sleep(for: .microseconds(50)) } }
                        await Task.yield()
                        return number
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == 499_500)
    }
}
