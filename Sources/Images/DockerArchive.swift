import FoundationEssentials
import Linux
import OCI
import SystemPackage

/// What `docker save` and `skopeo copy … docker-archive:` write: `manifest.json` with paths instead of digests.
///
/// Source: moby, image/spec/v1.2. The images become OCI manifests over the same layers.
enum DockerArchive {
    private struct Item: Decodable {
        var config: String
        var repoTags: [String]?
        var layers: [String]

        private enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
        }
    }

    /// An image of the archive: a manifest that is still to be written, and its names.
    struct Entry: Sendable {
        let manifest: [UInt8]
        let names: [String]
    }

    static func entries(of scan: ArchiveScan, manifest: [UInt8], store: ContentStore) throws -> [Entry] {
        let items = try ImageDocuments.decode([Item].self, manifest, "manifest.json")
        return try items.map { item in
            let config = try descriptor(item.config, MediaType.config, scan, store)
            let layers = try item.layers.map { path in
                var layer = try descriptor(path, MediaType.layer, scan, store)
                layer.mediaType = try layerType(scan.blobs[layer.digest]?.file ?? store.blob(layer.digest))
                return layer
            }
            let manifest = try ContentStore.encode(ImageManifest(config: config, layers: layers))
            return Entry(manifest: manifest, names: item.repoTags ?? [])
        }
    }

    private static func descriptor(
        _ path: String, _ type: String, _ scan: ArchiveScan, _ store: ContentStore
    ) throws -> Descriptor {
        guard let digest = scan.digest(at: path) else { throw ImageError.corrupt("manifest.json: \(path) is missing") }
        if let found = scan.blobs[digest] { return Descriptor(mediaType: type, digest: digest, size: found.size) }
        let size = try fileStatus(store.blob(digest))?.size ?? 0
        return Descriptor(mediaType: type, digest: digest, size: Int64(size))
    }

    private static func layerType(_ file: FilePath) throws -> String {
        let descriptor = try openRegularFile(file)
        defer { try? descriptor.close() }
        var head = [UInt8](repeating: 0, count: 4)
        let count = try naming("read \(file)") {
            try unsafe head.withUnsafeMutableBytes { try unsafe descriptor.read(into: $0) }
        }
        return switch ArchiveReader.compression(of: head[..<count]) {
        case .gzip: MediaType.layerGzip
        case .zstd: MediaType.layerZstd
        default: MediaType.layer
        }
    }
}
