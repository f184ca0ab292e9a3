package import JSONText
package import Kubernetes
package import SystemPackage

/// How this node is to be run: the fields of the kubelet's configuration that Swiftlet uses, with its defaults.
///
/// Source: `kubelet.config.k8s.io/v1beta1` `KubeletConfiguration`, facts of kubelet, §1.1.
package struct KubeletConfiguration: Equatable, Sendable {
    /// A directory of manifests or one file; `nil`: none.
    package var staticPodPath: FilePath?
    package var staticPodURL: String?
    package var staticPodURLHeader: [String: [String]] = [:]
    package var fileCheckFrequency = Duration.seconds(20)
    package var httpCheckFrequency = Duration.seconds(20)
    package var syncFrequency = Duration.seconds(60)
    package var podLogsDir: FilePath = "/var/log/pods"

    package var podCIDR: String?
    package var clusterDNS: [String] = []
    package var clusterDomain = ""
    /// `nil`: pods with the policy `Default` get no name servers.
    package var resolvConf: FilePath? = "/etc/resolv.conf"

    package var cgroupRoot = ""
    package var cgroupsPerQOS = true
    /// `nil`: as many as the node has.
    package var podPidsLimit: Int64?
    package var cpuCFSQuota = true
    package var cpuCFSQuotaPeriod = Duration.milliseconds(100)
    package var singleProcessOOMKill = false
    package var systemReserved: [String: Quantity] = [:]
    package var kubeReserved: [String: Quantity] = [:]
    package var enforceNodeAllocatable = ["pods"]
    /// The groups of the system's and the node's own services, whose reservations can be enforced.
    package var systemReservedCgroup = ""
    package var kubeReservedCgroup = ""
    /// By signal: below these, memory and disk are not pods' any more. An empty table has none.
    package var evictionHard: [String: EvictionThreshold] = [
        "memory.available": .amount(Quantity(100 << 20, format: .binarySI)), "nodefs.available": .part(0.1),
        "nodefs.inodesFree": .part(0.05), "imagefs.available": .part(0.15), "imagefs.inodesFree": .part(0.05),
    ]
    /// The gate `MemoryQoS`.
    package var hasMemoryQoS = false
    package var memoryThrottlingFactor = 0.9
    /// `None` or `TieredReservation`.
    package var memoryReservationPolicy = "None"
    /// `NoSwap` or `LimitedSwap`; empty is the first.
    package var swapBehavior = ""
    package var maxPods = 110
    /// How many users and groups a pod with a user namespace has.
    package var idsPerPod = 65536
    /// 0: cores do not matter.
    package var podsPerCore = 0
    package var protectKernelDefaults = false
    package var failSwapOn = true
    package var seccompDefault = false
    package var allowedUnsafeSysctls: [String] = []

    /// Bytes; `nil`: logs are not rotated.
    package var containerLogMaxSize: Int64? = 10 << 20
    package var containerLogMaxFiles = 5
    package var containerLogMonitorInterval = Duration.seconds(10)

    /// Pulls a second; 0: as many as one likes.
    package var registryPullQPS = 5
    package var registryBurst = 10
    package var serializeImagePulls = true
    package var maxParallelImagePulls: Int?
    package var imageMinimumGCAge = Duration.seconds(120)
    /// `nil`: an image may lie unused for ever.
    package var imageMaximumGCAge: Duration?
    package var imageGCHighThresholdPercent = 85
    package var imageGCLowThresholdPercent = 80

    /// Whether the node makes its object at the API server, and with which taints.
    package var registerNode = true
    package var registerWithTaints: [Taint] = []
    package var providerID = ""
    package var configMapAndSecretChangeDetectionStrategy = "Watch"
    package var changeDetection: ChangeDetection {
        ChangeDetection(rawValue: configMapAndSecretChangeDetectionStrategy) ?? .watch
    }
    /// The node's certificates are asked of the cluster: what it shows to the API server, and what it serves with.
    package var rotateCertificates = false
    package var serverTLSBootstrap = false
    package var nodeStatusUpdateFrequency = Duration.seconds(10)
    package var nodeStatusReportFrequency = Duration.seconds(300)
    package var nodeLeaseDurationSeconds = 40
    /// -1: all.
    package var nodeStatusMaxImages = 50
    /// Questions a second to the API server; 0: no limit.
    package var kubeAPIQPS = 50
    package var kubeAPIBurst = 100
    /// Events a second; 0: no limit.
    package var eventRecordQPS = 50
    package var eventBurst = 100

    package var maxContainerRestartPeriod = Duration.seconds(300)
    package var shutdownGracePeriod = Duration.zero
    package var shutdownGracePeriodCriticalPods = Duration.zero
    /// As `-v`: 0 is for everybody, 4 for who looks for a fault, 10 for all there is.
    package var logVerbosity = 0
    /// `text` or `json`.
    package var logFormat = "text"

    package var api = ServedAPI()

    /// What was set, as it was written: files merged, nothing added.
    package var document = JSON.object([:])
    /// Fields that were set and that this version does not use, by path. To be told once.
    package var unusedFields: [String] = []

    package init() {}
}

/// Why a configuration is not taken: every problem, each with its file.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package var problems: [String]
    package init(_ problems: [String]) { self.problems = problems }
    package var description: String { problems.joined(separator: "; ") }
}
