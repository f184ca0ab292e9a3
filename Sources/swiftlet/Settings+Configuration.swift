import Images
import Kubernetes
import Linux
import Machine
import Node
import Pods
import SystemPackage

// What each part of the node takes from its configuration, at start and at every reload.

extension NodePolicy {
    init(_ configuration: KubeletConfiguration, identity: NodeIdentity?) {
        self.init()
        self.identity = identity
        hasAppArmor = AppArmor.isEnabled()
        maxPods = Self.maxPods(
            configuration.maxPods, podsPerCore: configuration.podsPerCore, cores: processorCount())
        resync = configuration.syncFrequency
        allowedSysctls = configuration.allowedUnsafeSysctls
        longestBackoff = configuration.maxContainerRestartPeriod
    }
}

extension Machine.Settings {
    init(_ configuration: KubeletConfiguration, nodeName: String, root: FilePath, handlers: RuntimeHandlers) {
        self.init(nodeName: nodeName)
        runtimeHandlers = handlers
        clusterDNS = configuration.clusterDNS
        clusterDomain = configuration.clusterDomain
        resolvConf = configuration.resolvConf
        logMaxSize = UInt64(max(0, configuration.containerLogMaxSize ?? 0))
        logMaxFiles = UInt32(clamping: configuration.containerLogMaxFiles)
        seccompDefault = configuration.seccompDefault
        memoryCapacity = Linux.memoryCapacity()
        allocatable = configuration.allocatable(root: root)
    }
}

extension KubeletConfiguration {
    /// What is kept from pods: for the node's agents and for its system.
    var reserved: [NodeResources] {
        [kubeReserved, systemReserved].map { amounts in
            NodeResources(
                cpu: MilliCPU(amounts["cpu"]?.milliValue ?? 0), memory: ByteCount(amounts["memory"]?.value ?? 0),
                pids: amounts["pid"]?.value ?? 0, disk: ByteCount(amounts["ephemeral-storage"]?.value ?? 0))
        }
    }

    /// The groups of the node's own services that are to be limited to what is reserved for them.
    var reservedGroups: [ReservedGroup] {
        [
            (ReservedGroup.Kind.system, "system-reserved", systemReservedCgroup, systemReserved),
            (.kube, "kube-reserved", kubeReservedCgroup, kubeReserved),
        ].compactMap { kind, policy, name, amounts in
            let isCompressible = enforceNodeAllocatable.contains("\(policy)-compressible")
            guard isCompressible || enforceNodeAllocatable.contains(policy) else { return nil }
            return ReservedGroup(
                kind, name: name, cpu: amounts["cpu"].map { MilliCPU($0.milliValue) },
                memory: amounts["memory"].map { ByteCount($0.value) }, pids: amounts["pid"]?.value,
                isCompressible: isCompressible, keepsMemory: hasMemoryQoS)
        }
    }

    /// What all pods together may ask for. A machine that cannot be asked limits nothing.
    func allocatable(root: FilePath) -> ResourceAmounts {
        guard let capacity = try? NodeResources.capacity(root: root) else { return ResourceAmounts() }
        return (try? capacity.without(reserved + [kept(of: capacity)]))?.allocatable ?? ResourceAmounts()
    }

    /// What is too little to be given to pods. Source: kubernetes `hardEvictionReservation`.
    func kept(of capacity: NodeResources) -> NodeResources {
        NodeResources(
            memory: ByteCount(evictionHard["memory.available"]?.value(of: capacity.memory.bytes) ?? 0),
            disk: ByteCount(evictionHard["nodefs.available"]?.value(of: capacity.disk.bytes) ?? 0))
    }
}

extension PullLimits {
    init(_ configuration: KubeletConfiguration) {
        self.init(
            parallel: configuration.serializeImagePulls ? 1 : configuration.maxParallelImagePulls,
            rate: configuration.registryPullQPS, burst: configuration.registryBurst)
    }
}

extension ImageCollection.Limits {
    init(_ configuration: KubeletConfiguration) {
        self.init()
        minimumAge = configuration.imageMinimumGCAge
        maximumAge = configuration.imageMaximumGCAge
        high = configuration.imageGCHighThresholdPercent
        low = configuration.imageGCLowThresholdPercent
    }
}

extension ShutdownPeriods {
    init(_ configuration: KubeletConfiguration) {
        self.init(
            total: configuration.shutdownGracePeriod, critical: configuration.shutdownGracePeriodCriticalPods)
    }
}
