// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `AWSElasticBlockStoreVolumeSource`.
package struct AWSElasticBlockStoreVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var partition: Int32?
    package var readOnly: Bool?
    package var volumeID: String?
    package init() {}
}

/// `core/v1` `AttachedVolume`.
package struct AttachedVolume: Codable, Equatable, Sendable {
    package var devicePath: String?
    package var name: String?
    package init() {}
}

/// `core/v1` `AzureDiskVolumeSource`.
package struct AzureDiskVolumeSource: Codable, Equatable, Sendable {
    package var cachingMode: String?
    package var diskName: String?
    package var diskURI: String?
    package var fsType: String?
    package var kind: String?
    package var readOnly: Bool?
    package init() {}
}

/// `core/v1` `AzureFileVolumeSource`.
package struct AzureFileVolumeSource: Codable, Equatable, Sendable {
    package var readOnly: Bool?
    package var secretName: String?
    package var shareName: String?
    package init() {}
}

/// `core/v1` `CSIVolumeSource`.
package struct CSIVolumeSource: Codable, Equatable, Sendable {
    package var driver: String?
    package var fsType: String?
    package var nodePublishSecretRef: LocalObjectReference?
    package var readOnly: Bool?
    package var volumeAttributes: [String: String]?
    package init() {}
}

/// `core/v1` `CephFSVolumeSource`.
package struct CephFSVolumeSource: Codable, Equatable, Sendable {
    package var monitors: [String]?
    package var path: String?
    package var readOnly: Bool?
    package var secretFile: String?
    package var secretRef: LocalObjectReference?
    package var user: String?
    package init() {}
}

/// `core/v1` `CinderVolumeSource`.
package struct CinderVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package var volumeID: String?
    package init() {}
}

/// `core/v1` `ClusterTrustBundleProjection`.
package struct ClusterTrustBundleProjection: Codable, Equatable, Sendable {
    package var labelSelector: LabelSelector?
    package var name: String?
    package var optional: Bool?
    package var path: String?
    package var signerName: String?
    package init() {}
}

/// `core/v1` `ConfigMapProjection`.
package struct ConfigMapProjection: Codable, Equatable, Sendable {
    package var items: [KeyToPath]?
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `ConfigMapVolumeSource`.
package struct ConfigMapVolumeSource: Codable, Equatable, Sendable {
    package var defaultMode: Int32?
    package var items: [KeyToPath]?
    package var name: String?
    package var optional: Bool?
    package init() {}
}

/// `core/v1` `DownwardAPIProjection`.
package struct DownwardAPIProjection: Codable, Equatable, Sendable {
    package var items: [DownwardAPIVolumeFile]?
    package init() {}
}

/// `core/v1` `DownwardAPIVolumeFile`.
package struct DownwardAPIVolumeFile: Codable, Equatable, Sendable {
    package var fieldRef: ObjectFieldSelector?
    package var mode: Int32?
    package var path: String?
    package var resourceFieldRef: ResourceFieldSelector?
    package init() {}
}

/// `core/v1` `DownwardAPIVolumeSource`.
package struct DownwardAPIVolumeSource: Codable, Equatable, Sendable {
    package var defaultMode: Int32?
    package var items: [DownwardAPIVolumeFile]?
    package init() {}
}

/// `core/v1` `EmptyDirVolumeSource`.
package struct EmptyDirVolumeSource: Codable, Equatable, Sendable {
    package var medium: String?
    package var sizeLimit: Quantity?
    package init() {}
}

/// `core/v1` `EphemeralVolumeSource`.
package struct EphemeralVolumeSource: Codable, Equatable, Sendable {
    package var volumeClaimTemplate: PersistentVolumeClaimTemplate?
    package init() {}
}

/// `core/v1` `FCVolumeSource`.
package struct FCVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var lun: Int32?
    package var readOnly: Bool?
    package var targetWWNs: [String]?
    package var wwids: [String]?
    package init() {}
}

/// `core/v1` `FlexVolumeSource`.
package struct FlexVolumeSource: Codable, Equatable, Sendable {
    package var driver: String?
    package var fsType: String?
    package var options: [String: String]?
    package var readOnly: Bool?
    package var secretRef: LocalObjectReference?
    package init() {}
}

/// `core/v1` `FlockerVolumeSource`.
package struct FlockerVolumeSource: Codable, Equatable, Sendable {
    package var datasetName: String?
    package var datasetUUID: String?
    package init() {}
}

/// `core/v1` `GCEPersistentDiskVolumeSource`.
package struct GCEPersistentDiskVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var partition: Int32?
    package var pdName: String?
    package var readOnly: Bool?
    package init() {}
}

/// `core/v1` `GitRepoVolumeSource`.
package struct GitRepoVolumeSource: Codable, Equatable, Sendable {
    package var directory: String?
    package var repository: String?
    package var revision: String?
    package init() {}
}
