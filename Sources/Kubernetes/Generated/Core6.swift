// Written by hack/generate-api from 1.36. Do not edit.

/// `core/v1` `Sysctl`.
package struct Sysctl: Codable, Equatable, Sendable {
    package var name: String?
    package var value: String?
    package init() {}
}

/// `core/v1` `TCPSocketAction`.
package struct TCPSocketAction: Codable, Equatable, Sendable {
    package var host: String?
    package var port: IntOrString?
    package init() {}
}

/// `core/v1` `Taint`.
package struct Taint: Codable, Equatable, Sendable {
    package var effect: String?
    package var key: String?
    package var timeAdded: Time?
    package var value: String?
    package init() {}
}

/// `core/v1` `Toleration`.
package struct Toleration: Codable, Equatable, Sendable {
    package var effect: String?
    package var key: String?
    package var `operator`: String?
    package var tolerationSeconds: Int64?
    package var value: String?
    package init() {}
}

/// `core/v1` `TopologySpreadConstraint`.
package struct TopologySpreadConstraint: Codable, Equatable, Sendable {
    package var labelSelector: LabelSelector?
    package var matchLabelKeys: [String]?
    package var maxSkew: Int32?
    package var minDomains: Int32?
    package var nodeAffinityPolicy: String?
    package var nodeTaintsPolicy: String?
    package var topologyKey: String?
    package var whenUnsatisfiable: String?
    package init() {}
}

/// `core/v1` `TypedLocalObjectReference`.
package struct TypedLocalObjectReference: Codable, Equatable, Sendable {
    package var apiGroup: String?
    package var kind: String?
    package var name: String?
    package init() {}
}

/// `core/v1` `TypedObjectReference`.
package struct TypedObjectReference: Codable, Equatable, Sendable {
    package var apiGroup: String?
    package var kind: String?
    package var name: String?
    package var namespace: String?
    package init() {}
}

/// `core/v1` `Volume`.
package struct Volume: Codable, Equatable, Sendable {
    package var awsElasticBlockStore: AWSElasticBlockStoreVolumeSource?
    private var _azureDisk: Box<AzureDiskVolumeSource>?
    package var azureFile: AzureFileVolumeSource?
    private var _cephfs: Box<CephFSVolumeSource>?
    package var cinder: CinderVolumeSource?
    package var configMap: ConfigMapVolumeSource?
    private var _csi: Box<CSIVolumeSource>?
    package var downwardAPI: DownwardAPIVolumeSource?
    package var emptyDir: EmptyDirVolumeSource?
    package var ephemeral: EphemeralVolumeSource?
    package var fc: FCVolumeSource?
    private var _flexVolume: Box<FlexVolumeSource>?
    package var flocker: FlockerVolumeSource?
    package var gcePersistentDisk: GCEPersistentDiskVolumeSource?
    package var gitRepo: GitRepoVolumeSource?
    package var glusterfs: GlusterfsVolumeSource?
    package var hostPath: HostPathVolumeSource?
    package var image: ImageVolumeSource?
    private var _iscsi: Box<ISCSIVolumeSource>?
    package var name: String?
    package var nfs: NFSVolumeSource?
    package var persistentVolumeClaim: PersistentVolumeClaimVolumeSource?
    package var photonPersistentDisk: PhotonPersistentDiskVolumeSource?
    package var portworxVolume: PortworxVolumeSource?
    package var projected: ProjectedVolumeSource?
    private var _quobyte: Box<QuobyteVolumeSource>?
    private var _rbd: Box<RBDVolumeSource>?
    private var _scaleIO: Box<ScaleIOVolumeSource>?
    package var secret: SecretVolumeSource?
    private var _storageos: Box<StorageOSVolumeSource>?
    package var vsphereVolume: VsphereVirtualDiskVolumeSource?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case awsElasticBlockStore
        case _azureDisk = "azureDisk"
        case azureFile
        case _cephfs = "cephfs"
        case cinder
        case configMap
        case _csi = "csi"
        case downwardAPI
        case emptyDir
        case ephemeral
        case fc
        case _flexVolume = "flexVolume"
        case flocker
        case gcePersistentDisk
        case gitRepo
        case glusterfs
        case hostPath
        case image
        case _iscsi = "iscsi"
        case name
        case nfs
        case persistentVolumeClaim
        case photonPersistentDisk
        case portworxVolume
        case projected
        case _quobyte = "quobyte"
        case _rbd = "rbd"
        case _scaleIO = "scaleIO"
        case secret
        case _storageos = "storageos"
        case vsphereVolume
    }

    package var azureDisk: AzureDiskVolumeSource? {
        get { _azureDisk?.value }
        set { _azureDisk = newValue.map(Box.init) }
    }

    package var cephfs: CephFSVolumeSource? {
        get { _cephfs?.value }
        set { _cephfs = newValue.map(Box.init) }
    }

    package var csi: CSIVolumeSource? {
        get { _csi?.value }
        set { _csi = newValue.map(Box.init) }
    }

    package var flexVolume: FlexVolumeSource? {
        get { _flexVolume?.value }
        set { _flexVolume = newValue.map(Box.init) }
    }

    package var iscsi: ISCSIVolumeSource? {
        get { _iscsi?.value }
        set { _iscsi = newValue.map(Box.init) }
    }

    package var quobyte: QuobyteVolumeSource? {
        get { _quobyte?.value }
        set { _quobyte = newValue.map(Box.init) }
    }

    package var rbd: RBDVolumeSource? {
        get { _rbd?.value }
        set { _rbd = newValue.map(Box.init) }
    }

    package var scaleIO: ScaleIOVolumeSource? {
        get { _scaleIO?.value }
        set { _scaleIO = newValue.map(Box.init) }
    }

    package var storageos: StorageOSVolumeSource? {
        get { _storageos?.value }
        set { _storageos = newValue.map(Box.init) }
    }
}

/// `core/v1` `VolumeMount`.
package struct VolumeMount: Codable, Equatable, Sendable {
    package var mountPath: String?
    package var mountPropagation: String?
    package var name: String?
    package var readOnly: Bool?
    package var recursiveReadOnly: String?
    package var subPath: String?
    package var subPathExpr: String?
    package init() {}
}

/// `core/v1` `WeightedPodAffinityTerm`.
package struct WeightedPodAffinityTerm: Codable, Equatable, Sendable {
    private var _podAffinityTerm: Box<PodAffinityTerm>?
    package var weight: Int32?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case _podAffinityTerm = "podAffinityTerm"
        case weight
    }

    package var podAffinityTerm: PodAffinityTerm? {
        get { _podAffinityTerm?.value }
        set { _podAffinityTerm = newValue.map(Box.init) }
    }
}

/// `core/v1` `WindowsSecurityContextOptions`.
package struct WindowsSecurityContextOptions: Codable, Equatable, Sendable {
    package var gmsaCredentialSpec: String?
    package var gmsaCredentialSpecName: String?
    package var hostProcess: Bool?
    package var runAsUserName: String?
    package init() {}
}
