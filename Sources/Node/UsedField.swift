/// A field of the configuration that this program acts on, and from when on a new value of it holds.
struct UsedField: Sendable {
    /// As it is written: `logging.verbosity`.
    let path: String
    /// A reload gives it effect; otherwise it holds from the agent's next start on.
    let isLive: Bool
    let differs: @Sendable (KubeletConfiguration, KubeletConfiguration) -> Bool
    let copy: @Sendable (_ from: KubeletConfiguration, _ to: inout KubeletConfiguration) -> Void

    typealias Key<Value> = any WritableKeyPath<KubeletConfiguration, Value> & Sendable

    private static func live<Value: Equatable & Sendable>(_ path: String, _ key: Key<Value>) -> UsedField {
        field(path, key, isLive: true)
    }

    static func atStart<Value: Equatable & Sendable>(_ path: String, _ key: Key<Value>) -> UsedField {
        field(path, key, isLive: false)
    }

    private static func field<Value: Equatable & Sendable>(_ path: String, _ key: Key<Value>, isLive: Bool) -> UsedField
    {
        UsedField(
            path: path, isLive: isLive, differs: { $0[keyPath: key] != $1[keyPath: key] },
            copy: { $1[keyPath: key] = $0[keyPath: key] })
    }

    /// All of them. What is not here is told of as being without effect.
    static let all: [UsedField] = pods + containers + images + node + servedAPI

    private static let pods: [UsedField] = [
        atStart("staticPodPath", \.staticPodPath),
        atStart("staticPodURL", \.staticPodURL),
        atStart("staticPodURLHeader", \.staticPodURLHeader),
        live("fileCheckFrequency", \.fileCheckFrequency),
        live("httpCheckFrequency", \.httpCheckFrequency),
        live("syncFrequency", \.syncFrequency),
        live("maxPods", \.maxPods),
        live("podsPerCore", \.podsPerCore),
        atStart("userNamespaces.idsPerPod", \.idsPerPod),
        live("crashLoopBackOff.maxContainerRestartPeriod", \.maxContainerRestartPeriod),
        live("clusterDNS", \.clusterDNS),
        live("clusterDomain", \.clusterDomain),
        live("resolvConf", \.resolvConf),
        atStart("podCIDR", \.podCIDR),
    ]

    private static let containers: [UsedField] = [
        atStart("podLogsDir", \.podLogsDir),
        live("containerLogMaxSize", \.containerLogMaxSize),
        live("containerLogMaxFiles", \.containerLogMaxFiles),
        live("seccompDefault", \.seccompDefault),
        live("allowedUnsafeSysctls", \.allowedUnsafeSysctls),
        atStart("cgroupRoot", \.cgroupRoot),
        atStart("systemReserved", \.systemReserved),
        atStart("kubeReserved", \.kubeReserved),
        atStart("enforceNodeAllocatable", \.enforceNodeAllocatable),
        // What else is evicted for is not built.
        atStart("evictionHard.memory.available", \.evictionHard["memory.available"]),
        atStart("evictionHard.nodefs.available", \.evictionHard["nodefs.available"]),
        // Seen in what the two before it have become.
        UsedField(path: "mergeDefaultEvictionSettings", isLive: false, differs: { _, _ in false }, copy: { _, _ in }),
        atStart("systemReservedCgroup", \.systemReservedCgroup),
        atStart("kubeReservedCgroup", \.kubeReservedCgroup),
        atStart("featureGates.MemoryQoS", \.hasMemoryQoS),
        atStart("memoryThrottlingFactor", \.memoryThrottlingFactor),
        atStart("memoryReservationPolicy", \.memoryReservationPolicy),
        atStart("memorySwap.swapBehavior", \.swapBehavior),
        atStart("podPidsLimit", \.podPidsLimit),
        atStart("cpuCFSQuota", \.cpuCFSQuota),
        atStart("cpuCFSQuotaPeriod", \.cpuCFSQuotaPeriod),
        atStart("singleProcessOOMKill", \.singleProcessOOMKill),
    ]

    private static let images: [UsedField] = [
        live("registryPullQPS", \.registryPullQPS),
        live("registryBurst", \.registryBurst),
        live("serializeImagePulls", \.serializeImagePulls),
        live("maxParallelImagePulls", \.maxParallelImagePulls),
        live("imageMinimumGCAge", \.imageMinimumGCAge),
        live("imageMaximumGCAge", \.imageMaximumGCAge),
        live("imageGCHighThresholdPercent", \.imageGCHighThresholdPercent),
        live("imageGCLowThresholdPercent", \.imageGCLowThresholdPercent),
    ]

    private static let node: [UsedField] = [
        atStart("registerNode", \.registerNode),
        atStart("registerWithTaints", \.registerWithTaints),
        atStart("providerID", \.providerID),
        atStart("configMapAndSecretChangeDetectionStrategy", \.configMapAndSecretChangeDetectionStrategy),
        atStart("rotateCertificates", \.rotateCertificates),
        atStart("serverTLSBootstrap", \.serverTLSBootstrap),
        atStart("nodeStatusUpdateFrequency", \.nodeStatusUpdateFrequency),
        atStart("nodeStatusReportFrequency", \.nodeStatusReportFrequency),
        atStart("nodeLeaseDurationSeconds", \.nodeLeaseDurationSeconds),
        atStart("nodeStatusMaxImages", \.nodeStatusMaxImages),
        atStart("kubeAPIQPS", \.kubeAPIQPS),
        atStart("kubeAPIBurst", \.kubeAPIBurst),
        atStart("eventRecordQPS", \.eventRecordQPS),
        atStart("eventBurst", \.eventBurst),
        atStart("protectKernelDefaults", \.protectKernelDefaults),
        atStart("failSwapOn", \.failSwapOn),
        live("shutdownGracePeriod", \.shutdownGracePeriod),
        live("shutdownGracePeriodCriticalPods", \.shutdownGracePeriodCriticalPods),
        live("logging.format", \.logFormat),
        live("logging.verbosity", \.logVerbosity),
    ]
}

extension KubeletConfiguration {
    /// What reading the configuration again comes to.
    package struct Reloaded: Equatable, Sendable {
        /// What holds from now on: new values where they can be given effect, old ones elsewhere.
        package var configuration: KubeletConfiguration
        /// Fields whose new value holds now, by path.
        package var changed: [String] = []
        /// Fields whose new value holds from the agent's next start on.
        package var waiting: [String] = []
        /// Fields that were set and have no effect, and that were not told of before.
        package var unused: [String] = []
    }

    /// Takes over from `new` what can be changed while the node runs.
    package func reloaded(as new: KubeletConfiguration) -> Reloaded {
        var result = Reloaded(configuration: self)
        for field in UsedField.all where field.differs(self, new) {
            if field.isLive {
                field.copy(new, &result.configuration)
                result.configuration.document.set(field.path.split(separator: ".")[...], as: new.document)
                result.changed.append(field.path)
            } else {
                result.waiting.append(field.path)
            }
        }
        result.unused = new.unusedFields.filter { !unusedFields.contains($0) }
        result.configuration.unusedFields = new.unusedFields
        return result
    }
}
