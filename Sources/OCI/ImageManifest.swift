/// One image for one platform: its configuration and its layers, bottom first.
///
/// Source: image-spec, manifest.md. Docker's manifest v2, schema 2 has the same fields.
package struct ImageManifest: Codable, Hashable, Sendable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var artifactType: String?
    package var config: Descriptor
    package var layers: [Descriptor]
    package var annotations: [String: String]?

    package init(mediaType: String = MediaType.manifest, config: Descriptor, layers: [Descriptor]) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.config = config
        self.layers = layers
    }
}

/// A list of manifests, for different platforms or (as `index.json` of a layout) of different images.
///
/// Source: image-spec, image-index.md. Docker's manifest list has the same fields.
package struct ImageIndex: Codable, Hashable, Sendable {
    package var schemaVersion: Int
    package var mediaType: String?
    package var manifests: [Descriptor]
    package var annotations: [String: String]?

    package init(mediaType: String? = MediaType.index, manifests: [Descriptor] = []) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.manifests = manifests
    }
}

/// What a document says about itself before anyone believes what it was called.
///
/// A document with the members of both an index and a manifest means one image to one reader and another to the
/// next (CVE-2021-41190), so ``kind(announced:)`` refuses it.
package struct ManifestProbe: Decodable, Sendable {
    private var schemaVersion: Int?
    private var mediaType: String?
    private var manifests: Present?
    private var layers: Present?
    private var config: Present?
    private var fsLayers: Present?

    private struct Present: Decodable, Sendable {
        init(from decoder: any Decoder) throws {}
    }

    package enum Kind: Equatable, Sendable { case index, manifest }

    /// Why a document is not used.
    package struct Refused: Error, Equatable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// What the document is, if it agrees with the media type by which it was found.
    package func kind(announced: String?) throws(Refused) -> Kind {
        let isIndex = manifests != nil
        let isManifest = layers != nil || config != nil
        if schemaVersion == 1 || fsLayers != nil {
            throw Refused("it is a manifest of schema 1, which is not supported: push the image anew")
        }
        if isIndex && isManifest {
            throw Refused("it is an index and a manifest at once")
        }
        guard isIndex || isManifest else { throw Refused("it is neither a manifest nor an index") }
        for type in [mediaType, announced].compactMap({ $0 }) {
            if isIndex && MediaType.isManifest(type) {
                throw Refused("it is an index, but calls itself or is announced as \(type)")
            }
            if isManifest && MediaType.isIndex(type) {
                throw Refused("it is a manifest, but calls itself or is announced as \(type)")
            }
        }
        if let mediaType, let announced, !mediaType.isEmpty, mediaType != announced {
            throw Refused("it calls itself \(mediaType), but is announced as \(announced)")
        }
        return isIndex ? .index : .manifest
    }
}
