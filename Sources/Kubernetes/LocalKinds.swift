import FoundationEssentials
package import JSONText

/// `core/v1` `ConfigMap`: texts and bytes by their names.
package struct ConfigMap: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    package var data: [String: String]?
    /// In base64.
    package var binaryData: [String: String]?
    package var immutable: Bool?
    package init() {}
}

/// `core/v1` `Secret`: bytes by their names.
package struct Secret: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    /// In base64.
    package var data: [String: String]?
    /// As they are; they win over `data`.
    package var stringData: [String: String]?
    package var type: String?
    package var immutable: Bool?
    package init() {}
}

/// `core/v1` `PersistentVolume`, as far as it can be had without an API server.
package struct PersistentVolume: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    package var spec: PersistentVolumeSpec?
    package init() {}
}

/// `core/v1` `PersistentVolumeSpec`.
package struct PersistentVolumeSpec: Codable, Equatable, Sendable {
    package var accessModes: [String]?
    package var capacity: [String: Quantity]?
    package var claimRef: ClaimReference?
    package var hostPath: HostPathVolumeSource?
    package var local: LocalVolumeSource?
    package var mountOptions: [String]?
    package var nfs: NFSVolumeSource?
    package var nodeAffinity: JSON?
    package var persistentVolumeReclaimPolicy: String?
    package var storageClassName: String?
    package var volumeAttributesClassName: String?
    package var volumeMode: String?
    package init() {}
}

/// `core/v1` `ObjectReference`, of a claim.
package struct ClaimReference: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var fieldPath: String?
    package var kind: String?
    package var name: String?
    package var namespace: String?
    package var resourceVersion: String?
    package var uid: String?
    package init() {}
}

/// `core/v1` `LocalVolumeSource`.
package struct LocalVolumeSource: Codable, Equatable, Sendable {
    package var fsType: String?
    package var path: String?
    package init() {}
}

/// `core/v1` `PersistentVolumeClaim`, which names its volume.
package struct PersistentVolumeClaim: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var metadata: ObjectMeta?
    package var spec: PersistentVolumeClaimSpec?
    package init() {}
}

/// The bytes that a text in base64 stands for; `nil` when it is none. Line breaks in it are passed over.
package func bytes(ofBase64 text: String) -> [UInt8]? {
    Data(base64Encoded: text.filter { !$0.isWhitespace }).map(Array.init)
}
