import Glibc
import Synchronization
import SystemPackage
import Testing

@testable import Linux

@Suite struct `A Unix socket` {
    @Test(arguments: [UnixSocket.Kind.stream, .packets], ["s", String(repeating: "long-name/", count: 15) + "s"])
    func `carries bytes and says who called`(kind: UnixSocket.Kind, name: String) async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending(name)
            try makeDirectories(path.removingLastComponent())
            let listener = try UnixSocket.listening(at: path, kind)
            #expect(try fileStatus(path)?.permissions == 0o600)
            let client = try UnixSocket.connecting(to: path, kind)
            let served = try await listener.accept()
            let peer = try served.peer()
            #expect(peer == UnixSocket.Peer(pid: getpid(), uid: geteuid(), gid: getegid()))
            try await client.send(Array("hello".utf8))
            #expect(try await served.readSome() == Array("hello".utf8))
        }
    }

    @Test func `writes more than fits at once`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending("s")
            let listener = try UnixSocket.listening(at: path, .stream)
            let bytes = [UInt8](repeating: 7, count: 3 << 20)
            async let received = {
                var got = 0
                let served = try await listener.accept()
                while got < bytes.count { got += try await served.readSome().count }
                return got
            }()
            let client = try UnixSocket.connecting(to: path, .stream)
            try await client.writeAll(bytes)
            #expect(try await received == bytes.count)
        }
    }

    @Test func `passes descriptors along with a packet`() async throws {
        let pair = try UnixSocket.pair()
        let content = try sealedMemoryFile("test", Array("sealed".utf8))
        try pair.near.borrow { near in try content.borrow { try near.sendPacket([1, 2], descriptors: [$0]) } }
        let answer = try pair.far.borrow { fd throws(SyscallError) in try fd.receivePacket(limit: 16) }
        guard let packet = consume answer else { throw Errno.ioError }
        #expect(packet.bytes == [1, 2])
        let descriptors = packet.takeDescriptors()
        #expect(try readSealedMemoryFile(descriptors[0], limit: 100) == Array("sealed".utf8))
        #expect(throws: SyscallError.self) { try readSealedMemoryFile(descriptors[0], limit: 3) }
        #expect(throws: Errno.self) { try descriptors[0].writeAll([1]) }
        for fd in descriptors { try fd.close() }
    }

    @Test func `gives the last packet of one who closes while it is asked`() throws {
        let sender = Sender()
        startThread { sender.run() }
        defer { sender.turn.store(Sender.end, ordering: .releasing) }
        for _ in 0..<60_000 {
            let (near, far) = try UnixSocket.pair().release()
            defer { try? near.close() }
            try near.makeNonBlocking()
            sender.turn.store(far.rawValue, ordering: .releasing)
            var bytes: [UInt8]?
            while bytes == nil {
                bytes = try unlessBlocking { () throws(SyscallError) in
                    guard let packet = try near.receivePacket(limit: 8) else { return [] }
                    return packet.bytes
                }
            }
            try #require(bytes == [7])
            while sender.turn.load(ordering: .acquiring) != Sender.idle {}
        }
    }

    @Test func `takes an empty datagram for no packet`() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory.appending("s")
            let receiver = try UnixSocket.listening(at: path, .datagrams)
            let sender = try UnixSocket.connecting(to: path, .datagrams)
            let (near, far) = (receiver.borrow { $0 }, sender.borrow { $0 })
            try far.sendPacket([])
            let first = try near.receivePacket(limit: 8) == nil
            try far.sendPacket([])
            try far.sendPacket([7])
            let next = try near.receivePacket(limit: 8)?.bytes
            #expect(first && next == [7])
            _ = (receiver.borrow { $0 }, sender.borrow { $0 })
        }
    }

    /// Sends a packet on each descriptor that it is given, and closes it.
    private final class Sender: Sendable {
        static let (idle, end): (Int32, Int32) = (-1, -2)
        let turn = Atomic<Int32>(idle)

        func run() {
            while true {
                let fd = turn.load(ordering: .acquiring)
                if fd == Self.end { return }
                if fd == Self.idle { continue }
                let descriptor = FileDescriptor(rawValue: fd)
                try? descriptor.sendPacket([7])
                try? descriptor.close()
                turn.store(Self.idle, ordering: .releasing)
            }
        }
    }

    @Test func `refuses a packet that is too long`() throws {
        let pair = try UnixSocket.pair()
        try pair.near.borrow { fd throws(SyscallError) in try fd.sendPacket([UInt8](repeating: 0, count: 64)) }
        #expect(throws: SyscallError("receive", .messageTooLong)) {
            try pair.far.borrow { fd throws(SyscallError) in _ = try fd.receivePacket(limit: 16) }
        }
    }
}
