import FoundationEssentials
import OCI

/// Reads manifests and configurations, from wherever their bytes are, and believes only what fits together.
struct ImageDocuments: Sendable {
    let limits: ImageLimits
    /// The bytes of a document, verified; `nil` if it is not there.
    let bytes: @Sendable (Digest, Int) throws -> [UInt8]?

    /// An image as its documents describe it.
    struct Resolved: Sendable {
        let manifest: Descriptor
        let layers: [Descriptor]
        let configDescriptor: Descriptor
        let config: ImageConfig
        /// The indexes on the way, the manifest and the configuration.
        let documents: [Descriptor]

        var chainIDs: [Digest] { Hasher256.chainIDs(config.rootfs.diffIDs) }
    }

    static func probe(_ bytes: [UInt8], announced: String?, _ digest: Digest) throws -> ManifestProbe.Kind {
        do {
            return try JSONDecoder().decode(ManifestProbe.self, from: Data(bytes)).kind(announced: announced)
        } catch {
            throw ImageError.corrupt(
                "manifest \(digest): \(error as? ManifestProbe.Refused ?? .init(unreadable: error))")
        }
    }

    static func decode<T: Decodable>(_ type: T.Type, _ bytes: [UInt8], _ what: String) throws -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ImageError.corrupt("\(what): \(ManifestProbe.Refused(unreadable: error))")
        }
    }

    /// Follows a descriptor to the image for this machine.
    ///
    /// An index may list platforms whose manifests are not there, as an archive of one platform does.
    func resolve(_ top: Descriptor, depth: Int = 0) throws -> Resolved {
        guard depth < 4 else { throw ImageError.corrupt("manifest \(top.digest): indexes in indexes in indexes") }
        guard let bytes = try bytes(top.digest, limits.document) else {
            throw ImageError.corrupt("manifest \(top.digest) is missing")
        }
        try Self.check(bytes, top)
        switch try Self.probe(bytes, announced: top.mediaType, top.digest) {
        case .manifest: return try resolveManifest(bytes, top)
        case .index:
            let index = try Self.decode(ImageIndex.self, bytes, "index \(top.digest)")
            var missing: Descriptor?
            for entry in index.entries(for: .current) {
                guard try self.bytes(entry.digest, limits.document) != nil else {
                    missing = missing ?? entry
                    continue
                }
                let found = try resolve(entry, depth: depth + 1)
                return Resolved(
                    manifest: found.manifest, layers: found.layers, configDescriptor: found.configDescriptor,
                    config: found.config, documents: [top] + found.documents)
            }
            if let missing { throw ImageError.corrupt("manifest \(missing.digest) is missing") }
            throw ImageError.wrongPlatform("index \(top.digest)", offered: index.manifests.compactMap(\.platform))
        }
    }

    private func resolveManifest(_ bytes: [UInt8], _ descriptor: Descriptor) throws -> Resolved {
        let manifest = try Self.manifest(bytes, descriptor.digest, limits)
        guard let configBytes = try self.bytes(manifest.config.digest, limits.document) else {
            throw ImageError.corrupt("configuration \(manifest.config.digest) is missing")
        }
        try Self.check(configBytes, manifest.config)
        let config = try Self.config(configBytes, manifest)
        return Resolved(
            manifest: descriptor, layers: manifest.layers, configDescriptor: manifest.config, config: config,
            documents: [descriptor, manifest.config])
    }

    /// A manifest of something that can be run.
    static func manifest(_ bytes: [UInt8], _ digest: Digest, _ limits: ImageLimits) throws -> ImageManifest {
        let manifest = try decode(ImageManifest.self, bytes, "manifest \(digest)")
        guard MediaType.isConfig(manifest.config.mediaType) else {
            throw ImageError.unsupported("manifest \(digest): \(manifest.config.mediaType) is not a container image")
        }
        for descriptor in [manifest.config] + manifest.layers {
            guard descriptor.digest.isVerifiable else {
                throw ImageError.unsupported("manifest \(digest): cannot verify \(descriptor.digest)")
            }
            guard descriptor.size >= 0 else { throw ImageError.corrupt("manifest \(digest): a negative size") }
        }
        guard manifest.layers.count <= limits.layers else {
            throw ImageError.tooLarge("manifest \(digest): more than \(limits.layers) layers")
        }
        guard manifest.config.size <= Int64(limits.document) else {
            throw ImageError.tooLarge("manifest \(digest): a configuration of \(manifest.config.size) bytes")
        }
        for layer in manifest.layers {
            guard MediaType.isTarLayer(layer.mediaType) else {
                throw ImageError.unsupported("manifest \(digest): layers of type \(layer.mediaType)")
            }
            guard layer.size <= limits.blob else {
                throw ImageError.tooLarge("manifest \(digest): a layer of \(layer.size) bytes")
            }
        }
        let total = manifest.layers.reduce(0) { $0 + $1.size }
        guard total <= limits.image else {
            throw ImageError.tooLarge("manifest \(digest): layers of \(total) bytes, more than \(limits.image)")
        }
        return manifest
    }

    private static func config(_ bytes: [UInt8], _ manifest: ImageManifest) throws -> ImageConfig {
        let what = "configuration \(manifest.config.digest)"
        let config = try decode(ImageConfig.self, bytes, what)
        guard config.rootfs.type == "layers" else {
            throw ImageError.unsupported("\(what): a root file system of type \(config.rootfs.type)")
        }
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw ImageError.corrupt(
                "\(what): \(config.rootfs.diffIDs.count) DiffIDs for \(manifest.layers.count) layers")
        }
        guard config.rootfs.diffIDs.allSatisfy(\.isVerifiable) else {
            throw ImageError.unsupported("\(what): DiffIDs that cannot be verified")
        }
        if let platform = config.platform, Platform.current.rank(platform) == nil {
            throw ImageError.wrongPlatform("image \(manifest.config.digest)", offered: [platform])
        }
        return config
    }

    private static func check(_ bytes: [UInt8], _ descriptor: Descriptor) throws {
        guard Int64(bytes.count) == descriptor.size else {
            throw ImageError.corrupt(
                "blob \(descriptor.digest): \(bytes.count) bytes, where \(descriptor.size) are due")
        }
    }
}

extension ManifestProbe.Refused {
    /// One line about what a decoder did not like.
    init(unreadable error: any Error) {
        let path: (DecodingError.Context) -> String = { context in
            context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            self.init("\(path(context)).\(key.stringValue) is missing")
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            self.init("\(path(context)) has the wrong type")
        case DecodingError.dataCorrupted(let context):
            self.init(context.codingPath.isEmpty ? "it is no JSON" : "\(path(context)): \(context.debugDescription)")
        default: self.init("\(error)")
        }
    }
}
