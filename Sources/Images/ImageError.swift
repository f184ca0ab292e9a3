import Linux
package import OCI
import SystemPackage

/// Why an image could not be brought, read or removed; the cases are what a caller does differently.
package enum ImageError: Error, Sendable {
    /// The text is no image name.
    case invalidName(ImageReference.InvalidName)
    /// Neither the store nor the registry has it.
    case notFound(String)
    /// The registry wants (other) credentials.
    case unauthorized(registry: String, String)
    /// The registry cannot be reached, hangs, or answers with its own fault. Worth another try.
    case unavailable(registry: String, String)
    /// A digest, a size or a document is wrong.
    case corrupt(String)
    /// The image is not for this machine.
    case wrongPlatform(String, offered: [Platform])
    /// More bytes, entries or longer names than the limits allow.
    case tooLarge(String)
    /// It is something this program cannot run: an artifact, an encrypted layer.
    case unsupported(String)
    /// A container still needs it.
    case inUse(String)
    /// The disk is full.
    case noSpace(String)
    /// The registries' configuration or a credentials file is wrong.
    case configuration(String)
    /// The machine refused.
    case system(String)
}

extension ImageError: CustomStringConvertible {
    /// One line, from the outside in.
    package var description: String {
        switch self {
        case .invalidName(let cause): "\(cause)"
        case .notFound(let what): "\(what): not found"
        case .unauthorized(let registry, let cause): "registry \(registry): unauthorized: \(cause)"
        case .unavailable(let registry, let cause): "registry \(registry): unavailable: \(cause)"
        case .corrupt(let what): "\(what)"
        case .wrongPlatform(let what, let offered):
            "\(what): nothing in it runs on \(Platform.current)"
                + (offered.isEmpty
                    ? "" : ", only on \(Set(offered.map(\.description)).sorted().joined(separator: ", "))")
        case .tooLarge(let what): "\(what)"
        case .unsupported(let what): "\(what)"
        case .inUse(let what): "\(what): a container uses it"
        case .noSpace(let what): "\(what)"
        case .configuration(let what): "\(what)"
        case .system(let what): "\(what)"
        }
    }

    /// The same error, with what it was about put before it.
    package func within(_ context: String) -> ImageError {
        switch self {
        case .corrupt(let what): .corrupt("\(context): \(what)")
        case .tooLarge(let what): .tooLarge("\(context): \(what)")
        case .unsupported(let what): .unsupported("\(context): \(what)")
        case .noSpace(let what): .noSpace("\(context): \(what)")
        case .system(let what): .system("\(context): \(what)")
        case .notFound(let what): .notFound("\(context): \(what)")
        default: self
        }
    }

    /// What another error means here. A full disk is told apart.
    static func from(_ error: any Error, _ context: String) -> any Error {
        switch error {
        case let error as ImageError: error.within(context)
        case is CancellationError: error
        case let error as SyscallError where error.errno == .noSpace || error.errno == .diskQuotaExceeded:
            ImageError.noSpace("\(context): \(error)")
        case let error as Errno where error == .noSpace || error == .diskQuotaExceeded:
            ImageError.noSpace("\(context): \(error)")
        default: ImageError.system("\(context): \(error)")
        }
    }
}

/// Bounds on what an image may ask of the machine.
package struct ImageLimits: Sendable {
    /// Bytes of a manifest or index from a registry. Registries themselves accept 4 MiB.
    package var manifest = 4 << 20
    /// Bytes of an image's configuration, or of a JSON document in an archive.
    package var document = 20 << 20
    /// Bytes of one layer, uncompressed; also the sum of its files' sizes, holes counted.
    package var layer: Int64 = 64 << 30
    /// Bytes of one blob as it is stored.
    package var blob: Int64 = 64 << 30
    /// Bytes that all layers of one image unpack to.
    package var image: Int64 = 64 << 30
    /// Files, directories and links in one layer.
    package var entries = 4_000_000
    /// Layers of one image. Overlayfs takes 500 lower directories (`OVL_MAX_STACK`, fs/overlayfs/params.h).
    package var layers = 500

    package init() {}

    /// Other bounds on bytes follow from how large an image may be.
    package init(image: Int64) { (self.image, layer, blob) = (image, image, image) }
}
