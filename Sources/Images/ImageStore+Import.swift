import Linux
import OCI
package import SystemPackage

extension ImageStore {
    /// Imports an OCI archive, a Docker archive (both also compressed) or the directory of an OCI layout.
    ///
    /// All of it or nothing; images for other machines are left out, unless there are no others.
    /// `repository` completes names that are only a tag, as some tools write them. The images come back with all the
    /// names that they now have.
    /// `progress` is called now and then, never from two tasks at once.
    @discardableResult
    package func importArchive(
        _ path: FilePath, repository: String? = nil, progress: (@Sendable (PullProgress) -> Void)? = nil
    ) async throws -> [Image] {
        do {
            let work = try store.makeWorkDirectory()
            defer { try? removeTree(at: work) }
            let source = try await openSource(path, work, progress)
            progress?(PullProgress(phase: .unpacking, receivedBytes: 0, totalBytes: 0))
            let images = try await take(source, work, repository: repository)
            progress?(PullProgress(phase: .done, receivedBytes: 0, totalBytes: 0))
            return images
        } catch {
            throw ImageError.from(error, "import \(path)")
        }
    }

    /// Images that lie somewhere else than in the store.
    private struct Source: Sendable {
        var tops: [(name: String?, descriptor: Descriptor)]
        /// Where a blob lies, if the source has it.
        var file: @Sendable (Digest) -> FilePath?
        /// Whether the files may be moved into the store; otherwise they are copied, and verified then.
        var isOurs: Bool
    }

    private func openSource(
        _ path: FilePath, _ work: FilePath, _ progress: (@Sendable (PullProgress) -> Void)?
    ) async throws -> Source {
        guard let status = try fileStatus(path.isRelative ? FilePath("./").pushing(path) : path) else {
            throw ImageError.notFound("\(path)")
        }
        if status.kind == .directory { return try openLayout(path) }
        let (store, limits, cancellation) = (self.store, self.limits, CancellationFlag())
        let scan = try await withTaskCancellationHandler {
            try await onOwnThread {
                try ArchiveScan(
                    archive: path, into: work, store: store, limits: limits, cancellation: cancellation,
                    progress: progress)
            }
        } onCancel: {
            cancellation.set()
        }
        if let index = scan.documents["index.json"], scan.documents["oci-layout"] != nil {
            let found = scan.blobs
            return Source(tops: try Self.tops(index), file: { found[$0]?.file }, isOurs: true)
        }
        guard let manifest = scan.documents["manifest.json"] else {
            throw ImageError.corrupt("it holds neither an OCI layout nor a Docker archive")
        }
        return try Self.openDockerArchive(scan, manifest, work, store)
    }

    private static func openDockerArchive(
        _ scan: ArchiveScan, _ manifest: [UInt8], _ work: FilePath, _ store: ContentStore
    ) throws -> Source {
        var files = scan.blobs.mapValues(\.file)
        var tops: [(name: String?, descriptor: Descriptor)] = []
        for entry in try DockerArchive.entries(of: scan, manifest: manifest, store: store) {
            let digest = Hasher256.digest(of: entry.manifest)
            let file = work.appending("manifest-\(digest.encoded)")
            try replaceFile(at: file, with: entry.manifest)
            files[digest] = file
            let descriptor = Descriptor(
                mediaType: MediaType.manifest, digest: digest, size: Int64(entry.manifest.count))
            for name in entry.names { tops.append((name, descriptor)) }
            if entry.names.isEmpty { tops.append((nil, descriptor)) }
        }
        let found = files
        return Source(tops: tops, file: { found[$0] }, isOurs: true)
    }

    private func openLayout(_ path: FilePath) throws -> Source {
        guard try readFile(at: path.appending("oci-layout"), ifExists: true, limit: limits.document) != nil,
            let index = try readFile(at: path.appending("index.json"), ifExists: true, limit: limits.document)
        else { throw ImageError.corrupt("it is no OCI layout: oci-layout or index.json is missing") }
        let blobs = path.appending("blobs/sha256")
        return Source(
            tops: try Self.tops(index),
            file: { digest in
                let file = blobs.appending(digest.encoded)
                return digest.isVerifiable && (try? fileStatus(file)) != nil ? file : nil
            }, isOurs: false)
    }

    private static func tops(_ index: [UInt8]) throws -> [(name: String?, descriptor: Descriptor)] {
        try ImageDocuments.decode(ImageIndex.self, index, "index.json").manifests.map { ($0.imageName, $0) }
    }

    // MARK: - Taking over

    private func take(_ source: Source, _ work: FilePath, repository: String?) async throws -> [Image] {
        let store = self.store
        let documents = ImageDocuments(limits: limits) { digest, limit in
            guard let file = source.file(digest) else { return try store.document(digest, limit: limit) }
            return try ContentStore.document(at: file, digest, limit: limit)
        }
        var held: [Digest] = []
        defer { release(held) }
        var usable: [(name: String?, descriptor: Descriptor, image: ImageDocuments.Resolved)] = []
        var refusal: ImageError?
        for (name, descriptor) in source.tops {
            do {
                let image = try documents.resolve(descriptor)
                held += hold(image)
                usable.append((try Self.fullName(name, repository), descriptor, image))
            } catch let error as ImageError {
                guard case .wrongPlatform = error else { throw error }
                refusal = error
            }
        }
        if usable.isEmpty { throw refusal ?? ImageError.corrupt("it holds no image") }
        let reachable = Reachability(documents).blobs(of: usable.map(\.descriptor))
        hold(Array(reachable))
        held += reachable
        let files = try await blobFiles(reachable, source, work)
        let layers = try await unpack(usable.map(\.image), files, work)
        try await onOwnThread { try store.sync() }
        for (digest, file) in files { try store.adoptBlob(file, as: digest) }
        for layer in layers { try store.adoptLayer(layer.directory, as: layer.chainID) }
        try store.syncNames()
        try record(usable.map { ($0.name, $0.descriptor) })
        let ids = Set(usable.map { $0.image.configDescriptor.digest })
        return try list().filter { ids.contains($0.id.digest) }
    }

    /// Those of the wanted blobs that the source brings, verified and in files that may be moved.
    private func blobFiles(
        _ wanted: Set<Digest>, _ source: Source, _ work: FilePath
    ) async throws -> [Digest: FilePath] {
        var files: [Digest: FilePath] = [:]
        for digest in wanted { files[digest] = source.file(digest) }
        if source.isOurs { return files }
        let store = self.store
        let missing = try files.filter { try fileStatus(store.blob($0.key)) == nil }
        return try await onOwnThread {
            var copies: [Digest: FilePath] = [:]
            for (digest, file) in missing {
                let copy = work.appending("blob-\(digest.encoded)")
                try BlobFile.copy(file, to: copy, on: store.space, expecting: digest)
                copies[digest] = copy
            }
            return copies
        }
    }

    private func unpack(
        _ images: [ImageDocuments.Resolved], _ files: [Digest: FilePath], _ work: FilePath
    ) async throws -> [Unpacker.Prepared] {
        let store = self.store
        var prepared: [Digest: FilePath] = [:]
        for image in images {
            for layer in image.layers {
                let file = files[layer.digest] ?? store.blob(layer.digest)
                guard let status = try fileStatus(file) else {
                    throw ImageError.corrupt("layer \(layer.digest) is missing")
                }
                guard Int64(status.size) == layer.size else {
                    throw ImageError.corrupt("layer \(layer.digest): \(status.size) bytes, where \(layer.size) are due")
                }
            }
            let unpacker = Unpacker(store: store, limits: limits, work: work)
            let new = try await unpacker.unpack(image, known: prepared) { files[$0] ?? store.blob($0) }
            for layer in new { prepared[layer.chainID] = layer.directory }
        }
        return prepared.map { Unpacker.Prepared(chainID: $0.key, directory: $0.value) }
    }

    /// `nil` for an image that the archive does not name.
    private static func fullName(_ name: String?, _ repository: String?) throws -> String? {
        guard let name else { return nil }
        if let repository, !name.contains("/"), !name.contains(":") {
            return try parse("\(repository):\(name)").description
        }
        return try parse(name).description
    }
}

extension BlobFile {
    /// Copies a file, and compares its content with its name on the way. Blocks.
    static func copy(
        _ source: FilePath, to target: FilePath, on space: DiskSpace, expecting digest: Digest
    ) throws {
        let blob = try BlobFile(target, on: space)
        let file = try openRegularFile(source)
        defer { try? file.close() }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = try naming("read \(source)") {
                try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            }
            if count == 0 { break }
            try unsafe buffer.withUnsafeBytes { try unsafe blob.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        guard blob.digest == digest else { throw ImageError.corrupt("blob \(digest): its content is \(blob.digest)") }
    }
}
