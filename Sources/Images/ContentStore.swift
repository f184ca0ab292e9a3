import FoundationEssentials
import Linux
import OCI
import SystemPackage

/// The files of the store: an OCI image layout, and beside it what only this program reads.
///
///     oci-layout, index.json, blobs/sha256/<hex>    the layout: `skopeo inspect oci:<root>:<name>` reads it
///     layers/<hex>                                  unpacked, by ChainID
///     ingest/<hex>                                  blobs that are still coming; a later pull goes on with them
///     work/                                         everything half done; emptied at start
///
/// What has its final name is whole and on the disk. Source: image-spec, image-layout.md.
struct ContentStore: Sendable {
    let root: FilePath
    private var blobs: FilePath { root.appending("blobs/sha256") }
    var layers: FilePath { root.appending("layers") }
    var ingest: FilePath { root.appending("ingest") }
    var work: FilePath { root.appending("work") }
    var space: DiskSpace { DiskSpace(directory: root) }
    private var indexPath: FilePath { root.appending("index.json") }

    /// Opens the store, or makes it, and removes what a crash left half done.
    init(root: FilePath) throws {
        self.root = root
        let now = Int64(Date().timeIntervalSince1970)
        try removeTree(at: work)
        for directory in [blobs, layers, ingest, work] { try makeDirectories(directory) }
        for name in try directoryEntries(ingest) {
            let path = ingest.appending(name)
            let modified = try fileStatus(path)?.modified.seconds ?? 0
            if Digest(sha256: name) == nil || now - modified > Self.ingestAge { try removeTree(at: path) }
        }
        try removeFile(at: FilePath("\(indexPath).new"))
        let layout = root.appending("oci-layout")
        if try fileStatus(layout) == nil {
            try replaceFile(at: layout, with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        }
        if try fileStatus(indexPath) == nil { try replaceIndex(ImageIndex()) }
    }

    /// A download that nobody has gone on with for so many seconds is given up.
    private static let ingestAge: Int64 = 24 * 3600

    func blob(_ digest: Digest) -> FilePath { blobs.appending(digest.encoded) }
    func layer(_ chainID: Digest) -> FilePath { layers.appending(chainID.encoded) }
    func ingest(_ digest: Digest) -> FilePath { ingest.appending(digest.encoded) }

    func has(_ descriptor: Descriptor) throws -> Bool {
        guard descriptor.digest.isVerifiable else { return false }
        return try fileStatus(blob(descriptor.digest))?.size == UInt64(max(0, descriptor.size))
    }

    func hasLayer(_ chainID: Digest) throws -> Bool { try fileStatus(layer(chainID))?.kind == .directory }

    /// A small blob as a whole, its digest verified again: disks forget.
    func document(_ digest: Digest, limit: Int) throws -> [UInt8]? {
        guard digest.isVerifiable else { return nil }
        return try Self.document(at: blob(digest), digest, limit: limit)
    }

    static func document(at path: FilePath, _ digest: Digest, limit: Int) throws -> [UInt8]? {
        do {
            guard let bytes = try readFile(at: path, ifExists: true, limit: limit) else { return nil }
            let found = Hasher256.digest(of: bytes)
            guard found == digest else { throw ImageError.corrupt("blob \(digest): its content is \(found)") }
            return bytes
        } catch let error as SyscallError where error.errno == .fileTooLarge {
            throw ImageError.tooLarge("blob \(digest): more than \(limit) bytes for a document")
        }
    }

    func blobNames() throws -> [Digest] { try directoryEntries(blobs).compactMap { Digest(sha256: $0) } }
    func layerNames() throws -> [Digest] { try directoryEntries(layers).compactMap { Digest(sha256: $0) } }

    // MARK: - The index

    /// The index is only ever replaced as a whole: another stamp is another index.
    var indexStamp: FileStamp? { fileStamp(indexPath) }

    func index() throws -> ImageIndex {
        let bytes = try readFile(at: indexPath, limit: 64 << 20) ?? []
        do {
            return try JSONDecoder().decode(ImageIndex.self, from: Data(bytes))
        } catch {
            throw ImageError.corrupt("\(indexPath): \(error)")
        }
    }

    func replaceIndex(_ index: ImageIndex) throws {
        try replaceFile(at: indexPath, with: try Self.encode(index))
        try DirectoryHandle(path: root).sync()
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }

    // MARK: - Putting things in their place

    /// Writes all that was written to this file system to the disk. Only then may things get their final names.
    func sync() throws { try DirectoryHandle(path: root).syncFileSystem() }

    /// Gives a whole and verified file the name of its content.
    func adoptBlob(_ file: FilePath, as digest: Digest) throws {
        try renameFile(file, to: blob(digest))
    }

    /// Gives an unpacked layer the name of its stack. One that is there already stays.
    func adoptLayer(_ directory: FilePath, as chainID: Digest) throws {
        do {
            try renameFile(directory, to: layer(chainID))
        } catch {
            guard error.errno == .directoryNotEmpty || error.errno == .fileExists else { throw error }
            try removeTree(at: directory)
        }
    }

    /// Writes the names of blobs and layers to the disk, before an index that needs them.
    func syncNames() throws {
        try DirectoryHandle(path: blobs).sync()
        try DirectoryHandle(path: layers).sync()
    }

    /// Writes a small blob and gives it its name.
    func addDocument(_ bytes: [UInt8]) throws -> Digest {
        let digest = Hasher256.digest(of: bytes)
        let file = work.appending("document-\(UInt64.random(in: .min ... .max))")
        try replaceFile(at: file, with: bytes)
        try adoptBlob(file, as: digest)
        return digest
    }

    /// A new directory for something half done. The caller removes it, or the next start does.
    func makeWorkDirectory() throws -> FilePath {
        let name = "\(UInt64.random(in: .min ... .max))"
        let path = work.appending(name)
        try makeDirectories(path)
        return path
    }
}
