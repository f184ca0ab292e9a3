/// Points to a content by what it is, how long it is and what it hashes to.
///
/// Source: image-spec, descriptor.md. Fields that this program does not know are not kept.
package struct Descriptor: Codable, Hashable, Sendable {
    package var mediaType: String
    package var digest: Digest
    /// In bytes.
    package var size: Int64
    package var urls: [String]?
    package var annotations: [String: String]?
    package var platform: Platform?
    package var artifactType: String?

    package init(
        mediaType: String, digest: Digest, size: Int64, annotations: [String: String]? = nil, platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
    }
}

/// The kinds of document and layer that registries and archives hold.
///
/// Source: image-spec, media-types.md; Docker's image manifest v2, schema 2.
package enum MediaType {
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let config = "application/vnd.oci.image.config.v1+json"
    package static let emptyConfig = "application/vnd.oci.empty.v1+json"
    package static let layer = "application/vnd.oci.image.layer.v1.tar"
    package static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    package static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    package static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    package static let dockerConfig = "application/vnd.docker.container.image.v1+json"

    package static func isIndex(_ type: String) -> Bool { type == index || type == dockerManifestList }
    package static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }
    package static func isConfig(_ type: String) -> Bool { type == config || type == dockerConfig }

    /// Whether a layer of this type is a tar, compressed or not: how it is compressed is seen from its first bytes,
    /// for Docker's types may lie.
    package static func isTarLayer(_ type: String) -> Bool {
        if type.hasSuffix("+encrypted") { return false }
        return type.hasPrefix("application/vnd.oci.image.layer.v1.tar")
            || type.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.tar")
            || type.hasPrefix("application/vnd.docker.image.rootfs.diff.tar")
            || type.hasPrefix("application/vnd.docker.image.rootfs.foreign.diff.tar")
    }
}
