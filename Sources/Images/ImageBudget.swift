import Linux
import Synchronization
import SystemPackage

/// The file system that the store lies on. Images leave a part of it to what runs: logs, volumes, the ledger.
struct DiskSpace: Sendable {
    let directory: FilePath
    /// How much is written between two looks.
    static let interval: Int64 = 16 << 20

    /// A twentieth of the file system, no more than a gigabyte.
    static func reserve(of total: UInt64) -> UInt64 { min(total / 20, 1 << 30) }

    /// Throws if the file system cannot take so many bytes more.
    func check(for bytes: Int64 = 0) throws {
        let status = try filesystem(of: directory)
        let due = Self.reserve(of: status.total) + UInt64(max(0, bytes))
        guard status.available >= due else {
            throw ImageError.noSpace(
                "\(status.available) bytes are free in \(directory), and images must leave "
                    + "\(Self.reserve(of: status.total)) to others" + (bytes > 0 ? ": \(bytes) more do not fit" : ""))
        }
    }
}

/// What the layers of one image may still unpack to, all together: bytes of its limit, and of the disk.
final class ImageBudget: Sendable {
    private let used = Atomic<Int64>(0)
    private let limit: Int64
    private let space: DiskSpace

    init(limit: Int64, space: DiskSpace) {
        self.limit = limit
        self.space = space
    }

    /// Takes bytes that are about to be written.
    func take(_ bytes: Int64) throws {
        let (before, after) = used.add(bytes, ordering: .relaxed)
        if after > limit { throw ImageError.tooLarge("the image unpacks to more than \(limit) bytes") }
        if before / DiskSpace.interval != after / DiskSpace.interval { try space.check() }
    }
}
