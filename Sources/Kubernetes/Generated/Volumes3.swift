// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `VolumeDevice`.
package struct VolumeDevice: Codable, Equatable, Sendable {
    package var devicePath: String?
    package var name: String?
    package init() {}
}

/// `core/v1` `VolumeMountStatus`.
package struct VolumeMountStatus: Codable, Equatable, Sendable {
    package var mountPath: String?
    package var name: String?
    package var readOnly: Bool?
    package var recursiveReadOnly: String?
    package var volumeStatus: VolumeStatus?
    package init() {}
}

/// `storage/v1` `VolumeNodeResources`.
package struct VolumeNodeResources: Codable, Equatable, Sendable {
    package var count: Int32?
    package init() {}
}

/// `core/v1` `VolumeProjection`.
package struct VolumeProjection: Codable, Equatable, Sendable {
    private var _clusterTrustBundle: Box<ClusterTrustBundleProjection>?
    package var configMap: ConfigMapProjection?
    package var downwardAPI: DownwardAPIProjection?
    private var _podCertificate: Box<PodCertificateProjection>?
    package var secret: SecretProjection?
    package var serviceAccountToken: ServiceAccountTokenProjection?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case _clusterTrustBundle = "clusterTrustBundle"
        case configMap
        case downwardAPI
        case _podCertificate = "podCertificate"
        case secret
        case serviceAccountToken
    }

    package var clusterTrustBundle: ClusterTrustBundleProjection? {
        get { _clusterTrustBundle?.value }
        set { _clusterTrustBundle = newValue.map(Box.init) }
    }

    package var podCertificate: PodCertificateProjection? {
        get { _podCertificate?.value }
        set { _podCertificate = newValue.map(Box.init) }
    }
}

/// `core/v1` `VolumeResourceRequirements`.
package struct VolumeResourceRequirements: Codable, Equatable, Sendable {
    package var limits: [String: Quantity]?
    package var requests: [String: Quantity]?
    package init() {}
}

/// `core/v1` `VolumeStatus`.
package struct VolumeStatus: Codable, Equatable, Sendable {
    package var image: ImageVolumeStatus?
    package init() {}
}

/// `core/v1` `VsphereVirtualDiskVolumeSource`.
package struct VsphereVirtualDiskVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var storagePolicyID: String?
    package var storagePolicyName: String?
    package var volumePath: String?
    package init() {}
}
