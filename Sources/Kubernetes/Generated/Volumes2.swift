// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `GlusterfsVolumeSource`.
package struct GlusterfsVolumeSource: Codable, Equatable, Sendable {
    package var endpoints: String?
    package var path: String?
    package var readOnly: Bool?
    package init() {}
}

/// `core/v1` `HostPathVolumeSource`.
package struct HostPathVolumeSource: Codable, Equatable, Sendable {
    package var path: String?
    package var type: String?
    package init() {}
}

/// `core/v1` `ISCSIVolumeSource`.
package struct ISCSIVolumeSource: Codable, Equatable, Sendable {
    package var chapAuthDiscovery: Bool?
    package var chapAuthSession: Bool?
    package var fsType: String?
    package var initiatorName: String?
    package var iqn: String?
    package var iscsiInterface: String?
    package var lun: Int32?
    package var portals: [String]?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package var targetPortal: String?
    package init() {}
}

/// `core/v1` `ImageVolumeSource`.
package struct ImageVolumeSource: Codable, Equatable, Sendable {
    package var pullPolicy: String?
    package var reference: String?
    package init() {}
}

/// `core/v1` `ImageVolumeStatus`.
package struct ImageVolumeStatus: Codable, Equatable, Sendable {
    package var imageRef: String?
    package init() {}
}

/// `core/v1` `NFSVolumeSource`.
package struct NFSVolumeSource: Codable, Equatable, Sendable {
    package var path: String?
    package var readOnly: Bool?
    package var server: String?
    package init() {}
}

/// `core/v1` `PersistentVolumeClaimSpec`.
package struct PersistentVolumeClaimSpec: Codable, Equatable, Sendable {
    package var accessModes: [String]?
    package var dataSource: TypedLocalObjectReference?
    package var dataSourceRef: TypedObjectReference?
    package var resources: VolumeResourceRequirements?
    package var selector: LabelSelector?
    package var storageClassName: String?
    package var volumeAttributesClassName: String?
    package var volumeMode: String?
    package var volumeName: String?
    package init() {}
}

/// `core/v1` `PersistentVolumeClaimTemplate`.
package struct PersistentVolumeClaimTemplate: Codable, Equatable, Sendable {
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<PersistentVolumeClaimSpec>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case _metadata = "metadata"
        case _spec = "spec"
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: PersistentVolumeClaimSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `core/v1` `PersistentVolumeClaimVolumeSource`.
package struct PersistentVolumeClaimVolumeSource: Codable, Equatable, Sendable {
    package var claimName: String?
    package var readOnly: Bool?
    package init() {}
}

/// `core/v1` `PhotonPersistentDiskVolumeSource`.
package struct PhotonPersistentDiskVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var pdID: String?
    package init() {}
}

/// `core/v1` `PodCertificateProjection`.
package struct PodCertificateProjection: Codable, Equatable, Sendable {
    package var certificateChainPath: String?
    package var credentialBundlePath: String?
    package var keyPath: String?
    package var keyType: String?
    package var maxExpirationSeconds: Int32?
    package var signerName: String?
    package var userAnnotations: [String: String]?
    package init() {}
}

/// `core/v1` `PortworxVolumeSource`.
package struct PortworxVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var readOnly: Bool?
    package var volumeID: String?
    package init() {}
}

/// `core/v1` `ProjectedVolumeSource`.
package struct ProjectedVolumeSource: Codable, Equatable, Sendable {
    package var defaultMode: Int32?
    package var sources: [VolumeProjection]?
    package init() {}
}

/// `core/v1` `QuobyteVolumeSource`.
package struct QuobyteVolumeSource: Codable, Equatable, Sendable {
    package var group: String?
    package var readOnly: Bool?
    package var registry: String?
    package var tenant: String?
    package var user: String?
    package var volume: String?
    package init() {}
}

/// `core/v1` `RBDVolumeSource`.
package struct RBDVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var image: String?
    package var keyring: String?
    package var monitors: [String]?
    package var pool: String?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package var user: String?
    package init() {}
}

/// `core/v1` `ScaleIOVolumeSource`.
package struct ScaleIOVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var gateway: String?
    package var protectionDomain: String?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package var sslEnabled: Bool?
    package var storageMode: String?
    package var storagePool: String?
    package var system: String?
    package var volumeName: String?
    package init() {}
}

/// `core/v1` `SecretProjection`.
package struct SecretProjection: Codable, Equatable, Sendable {
    package var items: [KeyToPath]?
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `SecretVolumeSource`.
package struct SecretVolumeSource: Codable, Equatable, Sendable {
    package var defaultMode: Int32?
    package var items: [KeyToPath]?
    package var optional: Bool?
    package var secretName: String?
    package init() {}
}

/// `core/v1` `ServiceAccountTokenProjection`.
package struct ServiceAccountTokenProjection: Codable, Equatable, Sendable {
    package var audience: String?
    package var expirationSeconds: Int64?
    package var path: String?
    package init() {}
}

/// `core/v1` `StorageOSVolumeSource`.
package struct StorageOSVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package var volumeName: String?
    package var volumeNamespace: String?
    package init() {}
}
