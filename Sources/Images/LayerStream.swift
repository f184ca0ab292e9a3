import Linux
import OCI
import SystemPackage

/// A layer's bytes, uncompressed and hashed on the way, whatever the layer is compressed with.
///
/// The DiffID is the hash of the whole stream, so ``drain()`` reads what lies behind the tar's end as well.
final class LayerStream {
    private let file: FileDescriptor
    private let limit: Int64
    private let budget: ImageBudget
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var decompressor: ArchiveReader?
    private var hasher = Hasher256()
    /// Uncompressed bytes so far.
    private(set) var count: Int64 = 0

    init(blob: FilePath, limit: Int64, budget: ImageBudget) throws {
        file = try naming("open \(blob)") { try FileDescriptor.open(blob, .readOnly, options: .closeOnExec) }
        self.limit = limit
        self.budget = budget
        var head = [UInt8](repeating: 0, count: 4)
        let count: Int
        do {
            count = try naming("read \(blob)") {
                try unsafe head.withUnsafeMutableBytes { try unsafe file.read(fromAbsoluteOffset: 0, into: $0) }
            }
        } catch {
            try? file.close()
            throw error
        }
        let compression = ArchiveReader.compression(of: head[..<count])
        if compression != .none {
            decompressor = try unsafe ArchiveReader(.raw, compression: compression) { [unowned self] in
                unsafe try readFile()
            }
            if try decompressor?.next() == nil { isAtEnd = true }
        }
    }

    deinit { try? file.close() }

    private var isAtEnd = false

    /// The next bytes; empty at the end. They stay valid until the next call.
    func next() throws -> UnsafeRawBufferPointer {
        if isAtEnd { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        let piece: UnsafeRawBufferPointer
        if let decompressor {
            guard let block = unsafe try decompressor.nextBlock() else {
                isAtEnd = true
                return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
            }
            unsafe piece = block.bytes
        } else {
            unsafe piece = try readFile()
        }
        count += Int64(piece.count)
        if count > limit { throw ImageError.tooLarge("more than \(limit) bytes uncompressed") }
        try budget.take(Int64(piece.count))
        unsafe hasher.update(piece)
        return unsafe piece
    }

    /// Reads to the end and gives the hash of everything.
    func drain() throws -> Digest {
        while unsafe try !next().isEmpty {}
        return hasher.finish()
    }

    private func readFile() throws -> UnsafeRawBufferPointer {
        let count = try naming("read layer") {
            try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
        }
        return unsafe buffer.withUnsafeBytes { unsafe UnsafeRawBufferPointer(rebasing: $0[..<count]) }
    }
}
