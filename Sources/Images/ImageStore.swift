import Linux
import OCI
import Synchronization
package import SystemPackage

/// The images of this machine: pulls and imports them, unpacks their layers, finds and removes them.
///
/// Names live in the layout's `index.json`, contents under their digests: the disk is the only memory, what is kept
/// here is a cache of documents that cannot change.
package actor ImageStore {
    let store: ContentStore
    let limits: ImageLimits
    package let registries: RegistryConfiguration
    let locks = KeyedLock()
    private var resolved: [Digest: ImageDocuments.Resolved] = [:]
    /// What ``list()`` found in the index of that stamp: every start of a container asks, and every command beside one,
    /// which wait for nobody that removes an image.
    private let listed = Mutex<(stamp: FileStamp, images: [Image])?>(nil)
    /// Contents that a pull or an import under way relies on.
    private var pins: [Digest: Int] = [:]

    /// Opens the store at `root`, or makes it. What an earlier run left half done is removed.
    package init(
        root: FilePath, registries: RegistryConfiguration = RegistryConfiguration(), limits: ImageLimits = ImageLimits()
    ) throws {
        store = try ContentStore(root: root)
        self.registries = registries
        self.limits = limits
    }

    /// Documents of the store alone.
    nonisolated var documents: ImageDocuments {
        let store = self.store
        return ImageDocuments(limits: limits) { try store.document($0, limit: $1) }
    }

    // MARK: - Asking

    /// All images, by their names.
    package func list() throws -> [Image] {
        if let known { return known }
        let stamp = store.indexStamp
        var images: [Digest: Image] = [:]
        var isWhole = true
        for entry in try store.index().manifests {
            guard let found = try? resolve(entry) else {
                isWhole = false
                continue
            }
            var image = images[found.configDescriptor.digest] ?? Image(found)
            image.add(entry)
            images[image.id.digest] = image
        }
        let sorted = images.values.sorted {
            ($0.names.first ?? "~", $0.id.digest) < ($1.names.first ?? "~", $1.id.digest)
        }
        // What could not be read may be there the next time.
        listed.withLock { $0 = isWhole ? stamp.map { ($0, sorted) } : nil }
        return sorted
    }

    /// All images, if the index is still the one that was read last.
    private nonisolated var known: [Image]? {
        let stamp = store.indexStamp
        return listed.withLock { $0.flatMap { $0.stamp == stamp ? $0.images : nil } }
    }

    /// One image, by a name (completed as always), a name with a digest, or its id, also shortened. `nil`: not here.
    package nonisolated func image(_ reference: String) async throws -> Image? {
        if let known { return try Self.image(reference, in: known) }
        return try await Self.image(reference, in: list())
    }

    private static func image(_ reference: String, in images: [Image]) throws -> Image? {
        if let id = Digest(reference), id.isVerifiable { return images.first { $0.id.digest == id } }
        let reference12 = reference.utf8.count >= 12 && reference.utf8.allSatisfy(\.isLowerHex)
        if reference12, let image = images.first(where: { $0.id.digest.encoded.hasPrefix(reference) }) { return image }
        let name = try parse(reference)
        if let digest = name.digest {
            return images.first {
                $0.digests.contains("\(name.name)@\(digest)")
                    || ($0.manifest.digest == digest && $0.digests.contains { $0.hasPrefix("\(name.name)@") })
            }
        }
        return images.first { $0.names.contains(name.description) }
    }

    /// The directories of an image's layers, topmost first, as overlayfs wants them. What is missing is unpacked.
    package func layers(of image: Image) async throws -> [FilePath] {
        let missing = try image.layerChain.contains { !(try store.hasLayer($0)) }
        if missing { try await unpackAgain(image) }
        return image.layerChain.reversed().map { store.layer($0) }
    }

    private func unpackAgain(_ image: Image) async throws {
        let work = try store.makeWorkDirectory()
        defer { try? removeTree(at: work) }
        let store = self.store
        let found = try documents.resolve(image.manifest)
        let held = hold(found)
        defer { release(held) }
        let unpacker = Unpacker(store: store, limits: limits, work: work)
        let prepared = try await unpacker.unpack(found) { store.blob($0) }
        try await onOwnThread { try store.sync() }
        for layer in prepared { try store.adoptLayer(layer.directory, as: layer.chainID) }
        try store.syncNames()
    }

    func resolve(_ entry: Descriptor) throws -> ImageDocuments.Resolved {
        if let known = resolved[entry.digest] { return known }
        let found = try documents.resolve(entry)
        resolved[entry.digest] = found
        return found
    }

    static func parse(_ reference: String) throws -> ImageReference {
        do {
            return try ImageReference(reference)
        } catch {
            throw ImageError.invalidName(error)
        }
    }

    // MARK: - Naming

    /// Gives images their names, in one step. A name that stood for another image leaves that one its digest.
    func record(_ images: [(name: String?, Descriptor)]) throws {
        var index = try store.index()
        for (name, descriptor) in images {
            if let name { index.takeName(name) }
            let known = index.manifests.contains { $0.digest == descriptor.digest }
            if name != nil || !known { index.manifests.append(descriptor.named(name)) }
        }
        try store.replaceIndex(index)
    }

    // MARK: - Removing

    /// Removes a name; with an image's last name, or by its id, the image.
    package func remove(_ reference: String, inUse: Set<ImageID> = []) async throws {
        guard let image = try Self.image(reference, in: list()) else { throw ImageError.notFound("image \(reference)") }
        let name = try? ImageReference(reference).description
        let isName = name.map { image.names.contains($0) } ?? false
        let isWhole = !isName || image.names.count + image.otherDigests(than: name) <= 1
        if isWhole && inUse.contains(image.id) { throw ImageError.inUse("image \(reference)") }
        var index = try store.index()
        index.manifests.removeAll { entry in
            if isName && !isWhole { return entry.imageName == name }
            return (try? resolve(entry))?.configDescriptor.digest == image.id.digest
        }
        try store.replaceIndex(index)
        try await collectGarbage()
    }

    /// Deletes blobs and layers that no image refers to, and which no pull or import is about to use.
    package func collectGarbage() async throws {
        let store = self.store
        let index = try store.index()
        let documents = self.documents
        var wanted = Reachability(documents).blobs(of: index.manifests)
        var layers: Set<Digest> = []
        for entry in index.manifests { layers.formUnion((try? resolve(entry))?.chainIDs ?? []) }
        wanted.formUnion(pins.keys)
        layers.formUnion(pins.keys)
        resolved = resolved.filter { wanted.contains($0.key) }
        for digest in try store.blobNames() where !wanted.contains(digest) { try removeFile(at: store.blob(digest)) }
        let trash = try store.makeWorkDirectory()
        for chainID in try store.layerNames() where !layers.contains(chainID) {
            try renameFile(store.layer(chainID), to: trash.appending(chainID.encoded))
        }
        try await onOwnThread { try removeTree(at: trash) }
    }

    /// Keeps contents from being collected until ``release(_:)``.
    func hold(_ image: ImageDocuments.Resolved) -> [Digest] {
        let held = image.documents.map(\.digest) + image.layers.map(\.digest) + image.chainIDs
        hold(held)
        return held
    }

    func hold(_ digests: [Digest]) { for digest in digests { pins[digest, default: 0] += 1 } }

    func release(_ digests: [Digest]) {
        for digest in digests {
            let count = (pins[digest] ?? 1) - 1
            pins[digest] = count > 0 ? count : nil
        }
    }
}

extension ImageIndex {
    /// Frees a name for another image. The image that had it keeps `name@digest`, unless it has other names.
    mutating func takeName(_ name: String) {
        guard let position = manifests.firstIndex(where: { $0.imageName == name }) else { return }
        let old = manifests.remove(at: position)
        if manifests.contains(where: { $0.digest == old.digest }) { return }
        guard let reference = try? ImageReference(name) else { return }
        manifests.append(old.named(reference.at(old.digest).description))
    }
}

extension Image {
    init(_ found: ImageDocuments.Resolved) {
        id = ImageID(found.configDescriptor.digest)
        names = []
        digests = []
        size = found.documents.reduce(0) { $0 + $1.size } + found.layers.reduce(0) { $0 + $1.size }
        config = found.config
        manifest = found.manifest
        layerBlobs = found.layers
        layerChain = found.chainIDs
    }

    /// Takes over what an entry of the index calls the image.
    mutating func add(_ entry: Descriptor) {
        guard let name = entry.imageName.flatMap({ try? ImageReference($0) }) else { return }
        if name.digest == nil { names = Set(names + [name.description]).sorted() }
        digests = Set(digests + [name.at(entry.digest).description]).sorted()
    }

    /// How many of the image's digests belong to repositories that none of its other names is of.
    func otherDigests(than name: String?) -> Int {
        let repositories = Set(names.compactMap { try? ImageReference($0).name })
        return digests.filter { digest in !repositories.contains { digest.hasPrefix("\($0)@") } }.count
    }
}

/// Which blobs descriptors lead to.
struct Reachability {
    private let documents: ImageDocuments

    init(_ documents: ImageDocuments) { self.documents = documents }

    func blobs(of tops: [Descriptor]) -> Set<Digest> {
        var found: Set<Digest> = []
        var waiting = tops
        while let next = waiting.popLast() {
            guard found.insert(next.digest).inserted else { continue }
            guard MediaType.isIndex(next.mediaType) || MediaType.isManifest(next.mediaType) else { continue }
            guard let bytes = try? documents.bytes(next.digest, documents.limits.document) else { continue }
            if let index = try? ImageDocuments.decode(ImageIndex.self, bytes, "index") { waiting += index.manifests }
            if let manifest = try? ImageDocuments.decode(ImageManifest.self, bytes, "manifest") {
                waiting += [manifest.config] + manifest.layers
            }
        }
        return found
    }
}
