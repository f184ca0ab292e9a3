import CLinux
import Glibc
package import SystemPackage

/// Tells that something happened to files and directories. Whoever is told looks again: events carry no truth.
///
/// - SeeAlso: `inotify(7)`.
package struct Inotify: ~Copyable, Sendable {
    /// What is watched for, and what happened. Source: uapi/linux/inotify.h.
    package struct Mask: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let modified = Self(rawValue: 0x2)
        package static let attributes = Self(rawValue: 0x4)
        package static let closedAfterWrite = Self(rawValue: 0x8)
        package static let movedFrom = Self(rawValue: 0x40)
        package static let movedTo = Self(rawValue: 0x80)
        package static let created = Self(rawValue: 0x100)
        package static let deleted = Self(rawValue: 0x200)
        package static let deletedSelf = Self(rawValue: 0x400)
        package static let movedSelf = Self(rawValue: 0x800)
        /// The queue ran over: anything may have happened.
        package static let overflow = Self(rawValue: 0x4000)
        /// The watch is gone, with its file or by ``Inotify/remove(_:)``.
        package static let ignored = Self(rawValue: 0x8000)
        /// It is about a directory.
        package static let directory = Self(rawValue: 0x4000_0000)
        /// All that can change which files a directory holds, or what is in them.
        package static let content: Self = [
            .modified, .attributes, .closedAfterWrite, .movedFrom, .movedTo, .created, .deleted, .deletedSelf,
            .movedSelf,
        ]
    }

    package struct Watch: Hashable, Sendable {
        let number: Int32
    }

    package struct Event: Equatable, Sendable {
        package let watch: Watch
        package let mask: Mask
        /// The entry of the watched directory; `nil` when it is about the watched file itself.
        package let name: String?
    }

    private let descriptor: OwnedFileDescriptor

    package init() throws(SyscallError) {
        let fd = try syscall("inotify_init") { linux_inotify_create() }
        descriptor = OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    package borrowing func add(_ path: FilePath, _ mask: Mask) throws(SyscallError) -> Watch {
        let fd = descriptor.borrow { $0.rawValue }
        let number = try syscall("watch \(path)") {
            unsafe path.withPlatformString { unsafe linux_inotify_add(fd, $0, mask.rawValue) }
        }
        return Watch(number: number)
    }

    /// Ends a watch. One that has ended is no error.
    package borrowing func remove(_ watch: Watch) {
        _ = linux_inotify_remove(descriptor.borrow { $0.rawValue }, watch.number)
    }

    /// Waits until something happened, and tells all that did.
    package borrowing func events() async throws -> [Event] {
        let fd = descriptor.borrow { $0 }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            try await Poller.current.readable(fd)
            do {
                let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe fd.read(into: $0) }
                return Self.events(in: buffer[..<count])
            } catch let error as Errno where error == .resourceTemporarilyUnavailable {
                continue
            }
        }
    }

    /// Source: `inotify(7)`: i32 watch, u32 mask, u32 cookie, u32 length, NUL-filled name.
    static func events(in buffer: ArraySlice<UInt8>) -> [Event] {
        func number(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(buffer[at + $1]) << (8 * UInt32($1)) } }
        var events: [Event] = []
        var start = buffer.startIndex
        while start + 16 <= buffer.endIndex {
            let length = Int(number(start + 12))
            guard start + 16 + length <= buffer.endIndex else { break }
            let name = buffer[(start + 16)..<(start + 16 + length)].prefix { $0 != 0 }
            events.append(
                Event(
                    watch: Watch(number: Int32(bitPattern: number(start))), mask: Mask(rawValue: number(start + 4)),
                    name: name.isEmpty ? nil : String(decoding: name, as: UTF8.self)))
            start += 16 + length
        }
        return events
    }
}
