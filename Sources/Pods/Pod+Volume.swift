package import Kubernetes

extension Pod {
    /// Storage that the pod's containers mount by name.
    package struct Volume: Equatable, Sendable {
        package enum Source: Equatable, Sendable {
            /// An empty directory that lives as long as the pod.
            case emptyDir(EmptyDirectory)
            case hostPath(path: String, type: HostPathType)
            /// Files made of what the node knows.
            case files(Files)
            /// The files of an image, read-only.
            case image(reference: String, pullPolicy: Container.PullPolicy)
            case nfs(server: String, path: String, isReadOnly: Bool)
            /// A volume that is found by the claim's name.
            case claim(name: String, isReadOnly: Bool)
        }

        package var name: String
        package var source: Source
        package init(name: String, source: Source) {
            self.name = name
            self.source = source
        }
    }

    package struct EmptyDirectory: Equatable, Sendable {
        package enum Medium: Equatable, Sendable {
            case disk, memory
            /// `nil`: the only size that the pod asks for.
            case hugePages(size: String?)
        }
        package var medium = Medium.disk
        package var sizeLimit: ByteCount?
        package init(medium: Medium = .disk, sizeLimit: ByteCount? = nil) {
            self.medium = medium
            self.sizeLimit = sizeLimit
        }
    }

    /// What a `configMap`, `secret`, `downwardAPI` or `projected` volume holds.
    package struct Files: Equatable, Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            case configMap = "configmap"
            case secret
            case downwardAPI = "downward-api"
            case projected
        }
        package enum Source: Equatable, Sendable {
            case configMap(ObjectItems)
            case secret(ObjectItems)
            case downwardAPI([DownwardItem])
            /// A token of the pod's service account.
            case token(TokenItem)
            case trustBundle(TrustBundleItem)
        }
        package var kind: Kind
        package var sources: [Source]
        package var defaultMode: UInt32
        package init(kind: Kind, sources: [Source], defaultMode: UInt32 = 0o644) {
            self.kind = kind
            self.sources = sources
            self.defaultMode = defaultMode
        }
    }

    /// Keys of an object that become files; `nil`: all of them, by their names.
    package struct ObjectItems: Equatable, Sendable {
        package struct Item: Equatable, Sendable {
            package var key: String
            package var path: String
            package var mode: UInt32?
            package init(key: String, path: String, mode: UInt32? = nil) {
                self.key = key
                self.path = path
                self.mode = mode
            }
        }
        package var name: String
        package var items: [Item]?
        package var isOptional: Bool
        package init(name: String, items: [Item]? = nil, isOptional: Bool = false) {
            self.name = name
            self.items = items
            self.isOptional = isOptional
        }
    }

    /// A file with a token that the API server makes for the pod.
    package struct TokenItem: Hashable, Sendable {
        package var path: String
        /// Empty: the API server's own.
        package var audience: String
        package var expirationSeconds: Int64
        package init(path: String, audience: String = "", expirationSeconds: Int64 = 3600) {
            self.path = path
            self.audience = audience
            self.expirationSeconds = expirationSeconds
        }
    }

    /// A file with certificates that the cluster trusts: of one bundle, or of all of a signer's that labels choose.
    package struct TrustBundleItem: Equatable, Sendable {
        package var path: String
        package var name: String?
        package var signerName: String?
        /// `nil`: chooses none of the signer's.
        package var selector: LabelSelector?
        package var isOptional: Bool
        package init(
            path: String, name: String? = nil, signerName: String? = nil, selector: LabelSelector? = nil,
            isOptional: Bool = false
        ) {
            self.path = path
            self.name = name
            self.signerName = signerName
            self.selector = selector
            self.isOptional = isOptional
        }
    }

    /// A file that holds one thing that the pod knows of itself.
    package struct DownwardItem: Equatable, Sendable {
        package var path: String
        package var value: DownwardValue
        package var mode: UInt32?
        package init(path: String, value: DownwardValue, mode: UInt32? = nil) {
            self.path = path
            self.value = value
            self.mode = mode
        }
    }

    /// What a pod may know of itself.
    package enum DownwardValue: Equatable, Sendable {
        /// As `fieldPath` names it.
        case field(String)
        case resource(container: String?, name: String, divisor: Divisor)

        /// In thousandths, for processor time.
        package struct Divisor: Equatable, Sendable {
            package var thousandths: Int64
            package init(thousandths: Int64 = 1000) { self.thousandths = thousandths }
        }
    }

    /// What must be at a `hostPath` before it is mounted. Source: core/v1 `HostPathType`.
    package enum HostPathType: String, Sendable {
        case unset = ""
        case directoryOrCreate = "DirectoryOrCreate"
        case directory = "Directory"
        case fileOrCreate = "FileOrCreate"
        case file = "File"
        case socket = "Socket"
        case characterDevice = "CharDevice"
        case blockDevice = "BlockDevice"
    }

    /// The group that owns the pod's volumes, and when they are given to it.
    package struct VolumeGroup: Equatable, Sendable {
        package var id: UInt32
        /// Only if the volume's own directory does not look as if it had been given to it already.
        package var onlyOnMismatch: Bool
        package init(id: UInt32, onlyOnMismatch: Bool = false) {
            self.id = id
            self.onlyOnMismatch = onlyOnMismatch
        }
    }
}
