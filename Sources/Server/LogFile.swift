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
        let bytes = try compressed?.read() ?? read(at: offset, 64 << 10)
        offset += Int64(bytes.count)
        return bytes
    }

    func read(at offset: Int64, _ count: Int) throws -> [UInt8] {
        guard let plain else { return [] }
        return try naming("read \(path)") {
            var buffer = [UInt8](repeating: 0, count: count)
            let got = try unsafe buffer.withUnsafeMutableBytes {
                try unsafe plain.read(fromAbsoluteOffset: offset, into: $0)
            }
            return got == count ? buffer : Array(buffer.prefix(got))
        }
    }

    /// `nil` for a compressed one, which never changes.
    func status() throws -> FileStatus? { try plain?.status() }
}
