import Linux
import OCI
import SystemPackage

/// One pass over an image archive: every file that may be a blob lies in a directory under its hash.
///
/// The tar may hold its files in any order, so nothing is known about a file when it comes by; what turns out to be
/// needed by no image is thrown away with the directory.
struct ArchiveScan: Sendable {
    /// A file that was found, by its content.
    struct Found: Sendable {
        let file: FilePath
        let size: Int64
    }

    private(set) var blobs: [Digest: Found] = [:]
    /// The documents that lie at the archive's top.
    private(set) var documents: [String: [UInt8]] = [:]
    /// For docker-archives, which name files by path.
    private(set) var files: [FilePath: Digest] = [:]
    private(set) var links: [FilePath: FilePath] = [:]

    private static let topDocuments: Set = ["index.json", "oci-layout", "manifest.json"]
    private static let maximumEntries = 100_000

    /// Blocks: call it on a thread of its own.
    init(
        archive: FilePath, into work: FilePath, store: ContentStore, limits: ImageLimits,
        cancellation: CancellationFlag,
        progress: (@Sendable (PullProgress) -> Void)? = nil
    ) throws {
        let file = try openRegularFile(archive)
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var meter = ReadMeter(total: Int64(try fileStatus(archive)?.size ?? 0), report: progress)
        let reader = try unsafe ArchiveReader(.tar, compression: .unknown) {
            try cancellation.check()
            let count = try naming("read \(archive)") {
                try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            }
            meter.read(count)
            return unsafe buffer.withUnsafeBytes { unsafe UnsafeRawBufferPointer(rebasing: $0[..<count]) }
        }
        var count = 0
        while let entry = try reader.next() {
            count += 1
            if count > Self.maximumEntries { throw ImageError.tooLarge("more than \(count - 1) files") }
            try take(entry, reader, number: count, work, store, limits)
        }
        if count == 0 { throw ImageError.corrupt("it is empty, or no tar archive") }
    }

    private mutating func take(
        _ entry: ArchiveEntry, _ reader: ArchiveReader, number: Int, _ work: FilePath, _ store: ContentStore,
        _ limits: ImageLimits
    ) throws {
        let path = FilePath(root: nil, FilePath("/").appending(entry.path.components).lexicallyNormalized().components)
        switch entry.kind {
        case .link(let target):
            let target = FilePath(String(decoding: target.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
            links[path] = target
        case .hardLink(let target): links[path] = FilePath("/").appending(target.components)
        case .regular where Self.topDocuments.contains(path.string):
            guard entry.size <= Int64(limits.document) else {
                throw ImageError.tooLarge("\(path): \(entry.size) bytes for a document")
            }
            documents[path.string] = try Self.content(of: reader)
        case .regular:
            guard entry.size <= limits.blob else { throw ImageError.tooLarge("\(path): \(entry.size) bytes") }
            try takeFile(path, entry, reader, work.appending("file-\(number)"), store)
        default: break
        }
    }

    private mutating func takeFile(
        _ path: FilePath, _ entry: ArchiveEntry, _ reader: ArchiveReader, _ target: FilePath, _ store: ContentStore
    ) throws {
        let named = Self.digest(named: path)
        if let named, try fileStatus(store.blob(named))?.size == UInt64(max(0, entry.size)) {
            // The store has it, verified: no need to read it again.
            files[path] = named
            return
        }
        let blob = try BlobFile(target, on: store.space)
        while let block = unsafe try reader.nextBlock() {
            guard unsafe block.offset == blob.size else { throw ImageError.corrupt("\(path): a file with holes") }
            unsafe try blob.append(block.bytes)
        }
        guard blob.size == entry.size else { throw ImageError.corrupt("\(path): it ends too early") }
        let digest = blob.digest
        if let named, named != digest { throw ImageError.corrupt("blob \(named): its content is \(digest)") }
        files[path] = digest
        blobs[digest] = Found(file: target, size: blob.size)
    }

    /// The digest that a layout's path promises: `blobs/sha256/<hex>`.
    private static func digest(named path: FilePath) -> Digest? {
        let parts = path.components.map(\.string)
        guard parts.count == 3, parts[0] == "blobs", parts[1] == "sha256" else { return nil }
        return Digest(sha256: parts[2])
    }

    private static func content(of reader: ArchiveReader) throws -> [UInt8] {
        var content: [UInt8] = []
        while let block = unsafe try reader.nextBlock() { content += unsafe Array(block.bytes) }
        return content
    }

    /// A file by its path, links followed: docker-archives hold a layer once and link to it.
    func digest(at path: String) -> Digest? {
        var path = FilePath(root: nil, FilePath("/\(path)").lexicallyNormalized().components)
        for _ in 0..<8 {
            if let digest = files[path] { return digest }
            guard let target = links[path] else { return nil }
            let absolute =
                target.isAbsolute ? target : FilePath("/").pushing(path.removingLastComponent()).pushing(target)
            path = FilePath(root: nil, absolute.lexicallyNormalized().components)
        }
        return nil
    }
}
