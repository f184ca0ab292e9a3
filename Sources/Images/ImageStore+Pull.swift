import Linux
import OCI
import SystemPackage

/// How far a pull or an import has come.
package struct PullProgress: Equatable, Sendable {
    package enum Phase: Equatable, Sendable { case resolving, downloading, reading, unpacking, done }
    package var phase: Phase
    /// Of configuration and layers, what was here already counts as received; of an archive, as it is stored.
    package var receivedBytes: Int64
    package var totalBytes: Int64
}

extension ImageStore {
    /// Brings an image from its registry, or only asks whether the tag still stands for what is here.
    ///
    /// `progress` is called now and then, never from two tasks at once.
    @discardableResult
    package func pull(
        _ reference: String, for puller: Puller = Puller(), progress: (@Sendable (PullProgress) -> Void)? = nil
    ) async throws -> Image {
        let name = try Self.parse(reference)
        let meter = PullMeter(report: progress)
        do {
            // A second pull of the same name waits, and then finds everything here.
            return try await locks.withLock("pull \(name)") {
                try await RegistryClient.with(name, registries, for: puller) { registry in
                    try await pull(name, registry, meter)
                }
            }
        } catch {
            throw ImageError.from(error, "pull \(name)")
        }
    }

    private func pull(_ name: ImageReference, _ registry: RegistryClient, _ meter: PullMeter) async throws -> Image {
        await meter.enter(.resolving)
        var held: [Digest] = []
        defer { release(held) }
        let top = try await bringDocuments(name, registry, &held)
        let image = try documents.resolve(top)
        held += hold(image)
        try await download(image, registry, meter)
        await meter.enter(.unpacking)
        try await unpack(image)
        try record([(name.description, top)])
        await meter.enter(.done)
        guard let found = try list().first(where: { $0.id.digest == image.configDescriptor.digest }) else {
            throw ImageError.system("the image is gone again")
        }
        return found
    }

    /// Brings the index, the manifest for this machine and the configuration into the store.
    private func bringDocuments(
        _ name: ImageReference, _ registry: RegistryClient, _ held: inout [Digest]
    ) async throws -> Descriptor {
        let (digest, document) = try await registry.resolve(limit: limits.manifest)
        let top = try await bring(digest, announced: nil, known: document, registry, &held)
        var next = top
        for _ in 0..<4 {
            guard let bytes = try store.document(next.digest, limit: limits.manifest) else { break }
            if try ImageDocuments.probe(bytes, announced: next.mediaType, next.digest) == .manifest {
                let manifest = try ImageDocuments.manifest(bytes, next.digest, limits)
                hold([manifest.config.digest])
                held.append(manifest.config.digest)
                try await downloadBlob(manifest.config, registry) { _ in }
                return top
            }
            let index = try ImageDocuments.decode(ImageIndex.self, bytes, "index \(next.digest)")
            guard let entry = index.entries(for: .current).first else {
                throw ImageError.wrongPlatform("\(name)", offered: index.manifests.compactMap(\.platform))
            }
            let found = try await bring(entry.digest, announced: entry.mediaType, known: nil, registry, &held)
            guard found.size == entry.size else {
                throw ImageError.corrupt("manifest \(entry.digest): \(found.size) bytes, where \(entry.size) are due")
            }
            next = entry
        }
        throw ImageError.corrupt("\(name): indexes in indexes in indexes")
    }

    /// A document, from the store or the registry. From then on the store has it.
    private func bring(
        _ digest: Digest, announced: String?, known: RegistryClient.Document?, _ registry: RegistryClient,
        _ held: inout [Digest]
    ) async throws -> Descriptor {
        hold([digest])
        held.append(digest)
        if let bytes = try? store.document(digest, limit: limits.manifest) {
            let kind = try ImageDocuments.probe(bytes, announced: announced, digest)
            let said = try ImageDocuments.decode(ImageManifestType.self, bytes, "manifest \(digest)").mediaType
            let type = announced ?? said ?? (kind == .index ? MediaType.index : MediaType.manifest)
            return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
        }
        let document: RegistryClient.Document
        if let known {
            document = known
        } else {
            document = try await registry.document(digest, announced: announced, limit: limits.manifest)
        }
        let store = self.store
        _ = try await onOwnThread { try store.addDocument(document.bytes) }
        return document.descriptor
    }

    private struct ImageManifestType: Decodable { var mediaType: String? }

    private func download(
        _ image: ImageDocuments.Resolved, _ registry: RegistryClient, _ meter: PullMeter
    ) async throws {
        var waiting = Array(Set(image.layers))
        let missing = try waiting.filter { try !store.has($0) }
        try store.space.check(for: missing.reduce(0) { $0 + $1.size })
        await meter.expect(waiting.map { ($0.digest, $0.size) })
        await meter.enter(.downloading)
        try await withThrowingTaskGroup(of: Void.self) { group in
            func startNext() {
                guard let layer = waiting.popLast() else { return }
                group.addTask {
                    try await self.downloadBlob(layer, registry) { await meter.received(layer.digest, $0) }
                    await meter.received(layer.digest, layer.size)
                }
            }
            for _ in 0..<max(1, registries.parallelLayers) { startNext() }
            while try await group.next() != nil { startNext() }
        }
    }

    /// One download of a blob at a time, whoever wants it.
    private func downloadBlob(
        _ blob: Descriptor, _ registry: RegistryClient, _ progress: @escaping @Sendable (Int64) async -> Void
    ) async throws {
        guard blob.size <= limits.blob else { throw ImageError.tooLarge("blob \(blob.digest): \(blob.size) bytes") }
        try await locks.withLock("blob \(blob.digest)") {
            if try store.has(blob) { return }
            let path = store.ingest(blob.digest)
            do {
                try await registry.download(blob, into: path, on: store.space, progress: progress)
            } catch let error as ImageError {
                // What was to be resumed would keep the disk full.
                if case .noSpace = error { try removeFile(at: path) }
                throw error
            }
            try store.adoptBlob(path, as: blob.digest)
        }
    }

    private func unpack(_ image: ImageDocuments.Resolved) async throws {
        let store = self.store
        // Images that share their lowest layer are unpacked one after the other: the second finds what they share.
        try await locks.withLock("unpack \(image.chainIDs.first?.description ?? "")") {
            let work = try store.makeWorkDirectory()
            defer { try? removeTree(at: work) }
            let prepared = try await Unpacker(store: store, limits: limits, work: work).unpack(image) { store.blob($0) }
            if !prepared.isEmpty { try await onOwnThread { try store.sync() } }
            for layer in prepared { try store.adoptLayer(layer.directory, as: layer.chainID) }
            try store.syncNames()
        }
    }
}

/// Adds up what parallel downloads report, and tells it on, ten times a second at most.
actor PullMeter {
    private let report: (@Sendable (PullProgress) -> Void)?
    private var phase = PullProgress.Phase.resolving
    private var received: [Digest: Int64] = [:]
    private var total: Int64 = 0
    private var lastReport: ContinuousClock.Instant?

    init(report: (@Sendable (PullProgress) -> Void)?) { self.report = report }

    func enter(_ phase: PullProgress.Phase) {
        self.phase = phase
        tell()
    }

    func expect(_ blobs: [(Digest, Int64)]) { total = blobs.reduce(0) { $0 + $1.1 } }

    func received(_ digest: Digest, _ bytes: Int64) {
        received[digest] = bytes
        let now = ContinuousClock.now
        if let lastReport, now - lastReport < .milliseconds(100) { return }
        lastReport = now
        tell()
    }

    private func tell() {
        report?(PullProgress(phase: phase, receivedBytes: received.values.reduce(0, +), totalBytes: total))
    }
}
