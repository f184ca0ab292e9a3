/// What a field of the configuration holds.
indirect enum ConfigurationField: Sendable {
    case bool, integer, number, string, duration
    case strings, integers
    /// Any object with texts for values.
    case texts
    /// An object with lists of texts for values.
    case textLists
    case switches
    case list([String: ConfigurationField])
    case object([String: ConfigurationField])
    /// Not looked into.
    case any
}

extension ConfigurationField {
    /// All 125 fields of `KubeletConfiguration` in Kubernetes 1.36, with those inside of them.
    static let all: [String: ConfigurationField] = [taken, security, network, resources, node, eviction].reduce(
        into: [:]
    ) {
        $0.merge($1) { first, _ in first }
    }

    /// Fields that Swiftlet acts on; of an object, those inside that it acts on.
    static let usedPaths = Set(UsedField.all.map(\.path))

    /// Taken over into ``KubeletConfiguration``, and checked.
    private static let taken: [String: ConfigurationField] = [
        "staticPodPath": .string, "staticPodURL": .string, "staticPodURLHeader": .textLists,
        "fileCheckFrequency": .duration, "httpCheckFrequency": .duration, "syncFrequency": .duration,
        "podLogsDir": .string, "podCIDR": .string, "clusterDNS": .strings, "clusterDomain": .string,
        "resolvConf": .string, "cgroupRoot": .string, "cgroupsPerQOS": .bool, "podPidsLimit": .integer,
        "cpuCFSQuota": .bool, "cpuCFSQuotaPeriod": .duration, "singleProcessOOMKill": .bool,
        "systemReserved": .texts, "kubeReserved": .texts, "enforceNodeAllocatable": .strings,
        "systemReservedCgroup": .string, "kubeReservedCgroup": .string, "memoryThrottlingFactor": .number,
        "memoryReservationPolicy": .string, "memorySwap": .object(["swapBehavior": .string]), "maxPods": .integer,
        "podsPerCore": .integer, "userNamespaces": .object(["idsPerPod": .integer]),
        "protectKernelDefaults": .bool, "failSwapOn": .bool, "seccompDefault": .bool,
        "containerLogMaxSize": .string, "containerLogMaxFiles": .integer, "containerLogMonitorInterval": .duration,
        "registryPullQPS": .integer, "registryBurst": .integer, "serializeImagePulls": .bool,
        "maxParallelImagePulls": .integer, "imageMinimumGCAge": .duration, "imageMaximumGCAge": .duration,
        "imageGCHighThresholdPercent": .integer, "imageGCLowThresholdPercent": .integer,
        "crashLoopBackOff": .object(["maxContainerRestartPeriod": .duration]),
        "shutdownGracePeriod": .duration, "shutdownGracePeriodCriticalPods": .duration,
        "logging": .object([
            "format": .string, "flushFrequency": .any, "verbosity": .integer, "options": .any,
            "vmodule": .list(["filePattern": .string, "verbosity": .integer]),
        ]),
    ]

    private static let security: [String: ConfigurationField] = [
        "tlsCertFile": .string, "tlsPrivateKeyFile": .string, "tlsCipherSuites": .strings,
        "tlsCurvePreferences": .integers, "tlsMinVersion": .string, "rotateCertificates": .bool,
        "serverTLSBootstrap": .bool, "allowedUnsafeSysctls": .strings,
        "imagePullCredentialsVerificationPolicy": .string, "preloadedImagesVerificationAllowlist": .strings,
        "authentication": .object([
            "x509": .object(["clientCAFile": .string]),
            "webhook": .object(["enabled": .bool, "cacheTTL": .duration]),
            "anonymous": .object(["enabled": .bool]),
        ]),
        "authorization": .object([
            "mode": .string,
            "webhook": .object(["cacheAuthorizedTTL": .duration, "cacheUnauthorizedTTL": .duration]),
        ]),
    ]

    private static let network: [String: ConfigurationField] = [
        "enableServer": .bool, "address": .string, "port": .integer, "readOnlyPort": .integer,
        "eventRecordQPS": .integer, "eventBurst": .integer, "enableDebuggingHandlers": .bool,
        "enableContentionProfiling": .bool, "healthzPort": .integer, "healthzBindAddress": .string,
        "streamingConnectionIdleTimeout": .duration, "runtimeRequestTimeout": .duration, "hairpinMode": .string,
        "contentType": .string, "kubeAPIQPS": .integer, "kubeAPIBurst": .integer, "makeIPTablesUtilChains": .bool,
        "iptablesMasqueradeBit": .integer, "iptablesDropBit": .integer, "enableSystemLogHandler": .bool,
        "enableSystemLogQuery": .bool, "enableProfilingHandler": .bool, "enableDebugFlagsHandler": .bool,
        "tracing": .object(["endpoint": .string, "samplingRatePerMillion": .integer]),
        "containerRuntimeEndpoint": .string, "imageServiceEndpoint": .string,
    ]

    private static let resources: [String: ConfigurationField] = [
        "kubeletCgroups": .string, "systemCgroups": .string, "cgroupDriver": .string, "cpuManagerPolicy": .string,
        "cpuManagerPolicyOptions": .texts, "cpuManagerReconcilePeriod": .duration, "memoryManagerPolicy": .string,
        "topologyManagerPolicy": .string, "topologyManagerScope": .string, "topologyManagerPolicyOptions": .texts,
        "qosReserved": .texts, "reservedSystemCPUs": .string,
        "reservedMemory": .list(["numaNode": .integer, "limits": .texts]),
        "failCgroupV1": .bool, "localStorageCapacityIsolation": .bool, "kernelMemcgNotification": .bool,
    ]

    private static let node: [String: ConfigurationField] = [
        "oomScoreAdj": .integer, "nodeStatusUpdateFrequency": .duration, "nodeStatusReportFrequency": .duration,
        "nodeLeaseDurationSeconds": .integer, "volumeStatsAggPeriod": .duration, "runOnce": .bool,
        "nodeStatusMaxImages": .integer, "maxOpenFiles": .integer, "enableControllerAttachDetach": .bool,
        "featureGates": .switches, "containerLogMaxWorkers": .integer,
        "configMapAndSecretChangeDetectionStrategy": .string, "showHiddenMetricsForVersion": .string,
        "volumePluginDir": .string, "providerID": .string,
        "shutdownGracePeriodByPodPriority": .list(["priority": .integer, "shutdownGracePeriodSeconds": .integer]),
        "registerWithTaints": .list(["key": .string, "value": .string, "effect": .string, "timeAdded": .string]),
        "registerNode": .bool,
    ]

    private static let eviction: [String: ConfigurationField] = [
        "evictionHard": .texts, "evictionSoft": .texts, "evictionSoftGracePeriod": .texts,
        "evictionPressureTransitionPeriod": .duration, "evictionMaxPodGracePeriod": .integer,
        "evictionMinimumReclaim": .texts, "mergeDefaultEvictionSettings": .bool,
    ]
}
