import Cgroups
package import OCI
package import Pods

/// What a container needs to know of the sandbox that it joins and of the files made for it.
package struct SandboxFacts: Equatable, Sendable {
    /// What `gethostname(2)` says in the pod.
    package var hostname: String
    /// Namespaces that the sandbox holds, by files that mean them: `/proc/<pid of pause>/ns/ipc`, or where one is bound.
    package var namespaces: [RuntimeSpec.Namespace.Kind: String]
    /// The pod's files on the machine; `nil`: the image's own is kept.
    package var hostsPath: String?
    package var hostnamePath: String?
    package var resolvConfPath: String?
    /// The directory that all containers of the pod have as `/dev/shm`.
    package var sharedMemoryPath: String

    package init(
        hostname: String, namespaces: [RuntimeSpec.Namespace.Kind: String] = [:], hostsPath: String? = nil,
        hostnamePath: String? = nil, resolvConfPath: String? = nil, sharedMemoryPath: String
    ) {
        self.hostname = hostname
        self.namespaces = namespaces
        self.hostsPath = hostsPath
        self.hostnamePath = hostnamePath
        self.resolvConfPath = resolvConfPath
        self.sharedMemoryPath = sharedMemoryPath
    }
}

/// What of the machine and of the node's configuration every container depends on.
package struct ContainerEnvironment: Equatable, Sendable {
    package var limits: LimitPolicy
    package var memoryCapacity: ByteCount
    /// A container without a wish gets `RuntimeDefault`: `seccompDefault`.
    package var confinesByDefault: Bool
    /// The machine's device nodes, for privileged containers.
    package var hostDevices: [RuntimeSpec.Device]
    /// Paths of this machine to mask besides the usual, e.g. `/sys/devices/system/cpu/cpu0/thermal_throttle`.
    package var machineMaskedPaths: [String]
    /// Limits of processes; empty inherits the shim's.
    package var resourceLimits: [RuntimeSpec.ResourceLimit]

    package init(
        limits: LimitPolicy = LimitPolicy(), memoryCapacity: ByteCount, confinesByDefault: Bool = false,
        hostDevices: [RuntimeSpec.Device] = [], machineMaskedPaths: [String] = [],
        resourceLimits: [RuntimeSpec.ResourceLimit] = []
    ) {
        self.limits = limits
        self.memoryCapacity = memoryCapacity
        self.confinesByDefault = confinesByDefault
        self.hostDevices = hostDevices
        self.machineMaskedPaths = machineMaskedPaths
        self.resourceLimits = resourceLimits
    }
}

/// One instance of a container: what differs from start to start.
package struct ContainerInstance: Equatable, Sendable {
    package var id: String
    /// Where the volumes of the pod lie on the machine, by name.
    package var volumes: [String: String]
    /// The file for the termination message on the machine.
    package var terminationMessagePath: String?
    /// The container's cgroup from the tree's root, e.g. `/kubepods/pod1/<id>`.
    package var cgroupsPath: String?

    package init(
        id: String, volumes: [String: String] = [:], terminationMessagePath: String? = nil,
        cgroupsPath: String? = nil
    ) {
        self.id = id
        self.volumes = volumes
        self.terminationMessagePath = terminationMessagePath
        self.cgroupsPath = cgroupsPath
    }
}
