package import OCI

/// An image in the store.
package struct Image: Hashable, Sendable, Identifiable {
    /// The digest of the image's configuration: the same content has the same id under all its names.
    package let id: ImageID
    /// Full names with tags, sorted: `docker.io/library/busybox:latest`.
    package var names: [String]
    /// Full names with the digest of the manifest or index that they stood for, sorted.
    package var digests: [String]
    /// What the image's blobs take in the store.
    package let size: Int64
    package let config: ImageConfig
    /// The manifest for this machine.
    package let manifest: Descriptor
    /// The layers' blobs, bottom first.
    package let layerBlobs: [Descriptor]
    /// The names of the layers' directories, bottom first.
    package let layerChain: [Digest]
}

/// Which image, whatever its names: `sha256:…` of its configuration.
package struct ImageID: Hashable, Sendable, CustomStringConvertible {
    package let digest: Digest
    package init(_ digest: Digest) { self.digest = digest }
    package var description: String { digest.description }
}

/// The annotations by which an OCI layout names its images.
enum Annotation {
    /// Source: image-spec, annotations.md. Here it is the full name, for tools find an image in a layout by it.
    static let refName = "org.opencontainers.image.ref.name"
    /// The full name, as containerd writes it.
    static let imageName = "io.containerd.image.name"
}

extension Descriptor {
    /// The name under which an index of this store lists the image.
    var imageName: String? { annotations?[Annotation.imageName] ?? annotations?[Annotation.refName] }

    func named(_ name: String?) -> Descriptor {
        var copy = Descriptor(mediaType: mediaType, digest: digest, size: size, platform: platform)
        if let name { copy.annotations = [Annotation.refName: name, Annotation.imageName: name] }
        return copy
    }
}
