import Gzip
import Linux
import SystemPackage

/// One file of a log that is read from its beginning on: the one written to, or a part, compressed or not.
final class LogFile {
    let path: FilePath
    private let plain: FileDescriptor?
    private let compressed: GzipReader?
    var offset: Int64 = 0

    init(_ path: FilePath, isCompressed: Bool = false) throws {
        self.path = path
        compressed = isCompressed ? try GzipReader(path) : nil
        plain = isCompressed ? nil : try openFile(path, [.readOnly, .nonBlocking]).release()
    }

    deinit { try? plain?.close() }

    /// The next bytes; empty at the end for now.
    func read() throws -> [UInt8] {
        let bytes = try compressed?.read() ?? read(at: offset, wish())
        offset += Int64(bytes.count)
        return bytes
    }

    /// Much at once while there is much; a line that has just been written needs little room.
    private func wish() throws -> Int {
        let rest = try plain.map { Int64(try $0.status().size) - offset } ?? 0
        return Int(min(256 << 10, max(4 << 10, rest)))
    }

    func read(at offset: Int64, _ count: Int) throws -> [UInt8] {
        guard let plain else { return [] }
        return try naming("read \(path)") {
            try unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, got in
                got = try unsafe plain.read(fromAbsoluteOffset: offset, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }

    /// `nil` for a compressed one, which never changes.
    func status() throws -> FileStatus? { try plain?.status() }
}
