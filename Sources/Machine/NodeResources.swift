package import Cgroups
package import Pods

/// What a node has, or some of it.
package struct NodeResources: Equatable, Sendable {
    package var cpu: MilliCPU
    package var memory: ByteCount
    /// `nil`: not counted.
    package var pids: Int64?
    package var ephemeralStorage: ByteCount?
    package var hugePages: [HugePageSize: ByteCount]

    package init(
        cpu: MilliCPU = MilliCPU(0), memory: ByteCount = ByteCount(0), pids: Int64? = nil,
        ephemeralStorage: ByteCount? = nil, hugePages: [HugePageSize: ByteCount] = [:]
    ) {
        self.cpu = cpu
        self.memory = memory
        self.pids = pids
        self.ephemeralStorage = ephemeralStorage
        self.hugePages = hugePages
    }
}

/// What is left for pods when the system, the agent and the eviction thresholds have had theirs.
///
/// Source: facts of kubelet, §5.5.
package struct NodeAllocatable: Equatable, Sendable {
    package let capacity: NodeResources
    package let kubeReserved: NodeResources
    package let systemReserved: NodeResources
    /// `evictionHard`: memory.available and nodefs.available, in bytes.
    package let evictionHard: NodeResources

    package init(
        capacity: NodeResources, kubeReserved: NodeResources = NodeResources(),
        systemReserved: NodeResources = NodeResources(), evictionHard: NodeResources = NodeResources()
    ) throws(InvalidNodeAllocatable) {
        self.capacity = capacity
        self.kubeReserved = kubeReserved
        self.systemReserved = systemReserved
        self.evictionHard = evictionHard
        let reserved = [kubeReserved, systemReserved, evictionHard]
        func check(_ name: String, _ capacity: Int64?, _ amount: (NodeResources) -> Int64)
            throws(InvalidNodeAllocatable)
        {
            let sum = reserved.reduce(Int64(0)) { $0 + amount($1) }
            if let capacity, sum > capacity {
                throw InvalidNodeAllocatable(resource: name, reserved: sum, capacity: capacity)
            }
        }
        try check("cpu", capacity.cpu.thousandths) { $0.cpu.thousandths }
        try check("memory", capacity.memory.bytes) { $0.memory.bytes }
        try check("pid", capacity.pids) { $0.pids ?? 0 }
        try check("ephemeral-storage", capacity.ephemeralStorage?.bytes) { $0.ephemeralStorage?.bytes ?? 0 }
    }

    /// What the scheduler may give to pods. Huge pages are no ordinary memory any more.
    package var allocatable: NodeResources {
        var left = without([kubeReserved, systemReserved, evictionHard])
        let pages = capacity.hugePages.values.reduce(Int64(0)) { $0 + $1.bytes }
        left.memory = ByteCount(max(0, left.memory.bytes - pages))
        return left
    }

    /// What all pods together may use: the eviction threshold is theirs, so that eviction comes before the kernel.
    package var podLimit: NodeResources { without([kubeReserved, systemReserved]) }

    private func without(_ reserved: [NodeResources]) -> NodeResources {
        var left = capacity
        for part in reserved {
            left.cpu = MilliCPU(max(0, left.cpu.thousandths - part.cpu.thousandths))
            left.memory = ByteCount(max(0, left.memory.bytes - part.memory.bytes))
            left.pids = left.pids.map { max(0, $0 - (part.pids ?? 0)) }
            left.ephemeralStorage = left.ephemeralStorage.map {
                ByteCount(max(0, $0.bytes - (part.ephemeralStorage?.bytes ?? 0)))
            }
        }
        return left
    }
}

/// More is reserved than the node has.
package struct InvalidNodeAllocatable: Error, Equatable, CustomStringConvertible {
    package let resource: String
    package let reserved: Int64
    package let capacity: Int64

    package init(resource: String, reserved: Int64, capacity: Int64) {
        self.resource = resource
        self.reserved = reserved
        self.capacity = capacity
    }

    package var description: String {
        "invalid Node Allocatable configuration. Resource \"\(resource)\" has a reservation of \(reserved) but capacity"
            + " of \(capacity). Expected capacity >= reservation."
    }
}
