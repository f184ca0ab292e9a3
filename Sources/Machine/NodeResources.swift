import Cgroups
import Linux
package import Pods
package import SystemPackage

/// What a node has, or some of it.
package struct NodeResources: Equatable, Sendable {
    package var cpu: MilliCPU
    package var memory: ByteCount
    package var pids: Int64
    /// Of the file system that pods lie on.
    package var disk: ByteCount
    /// Pages that the kernel keeps, by size as the API writes it.
    package var hugePages: [String: ByteCount] = [:]

    package init(
        cpu: MilliCPU = MilliCPU(0), memory: ByteCount = ByteCount(0), pids: Int64 = 0, disk: ByteCount = ByteCount(0)
    ) {
        self.cpu = cpu
        self.memory = memory
        self.pids = pids
        self.disk = disk
    }

    /// All of this machine's. Source: facts of kubelet, §5.5.
    package static func capacity(root: FilePath) throws -> NodeResources {
        let pids = try ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"].compactMap {
            try readFile(at: .init($0), ifExists: true).flatMap {
                Int64(String(decoding: $0.dropLast(), as: UTF8.self))
            }
        }
        var all = NodeResources(
            cpu: MilliCPU(Int64(processorCount()) * 1000), memory: ByteCount(memoryCapacity()), pids: pids.min() ?? 0,
            disk: ByteCount(Int64(clamping: try filesystem(of: root).total)))
        for size in try HugePageSize.all() {
            all.hugePages[size.apiName] = ByteCount(Int64(clamping: try size.kept()))
        }
        return all
    }

    /// What all pods together may use when the system and the agent have had theirs: eviction's threshold is in it, so
    /// that eviction comes before the kernel. Source: facts of kubelet, §5.5.
    package func without(_ reserved: [NodeResources]) throws(InvalidNodeAllocatable) -> NodeResources {
        func rest(_ name: String, _ amount: (NodeResources) -> Int64) throws(InvalidNodeAllocatable) -> Int64 {
            let sum = clampedSum(reserved.map(amount))
            guard sum <= amount(self) else {
                throw InvalidNodeAllocatable(resource: name, reserved: sum, capacity: amount(self))
            }
            return amount(self) - sum
        }
        var rest = NodeResources(
            cpu: MilliCPU(try rest("cpu") { $0.cpu.thousandths }),
            memory: ByteCount(try rest("memory") { $0.memory.bytes }),
            pids: try rest("pid") { $0.pids }, disk: ByteCount(try rest("ephemeral-storage") { $0.disk.bytes }))
        rest.hugePages = hugePages
        return rest
    }

    /// What all pods together may ask for: memory that is kept for huge pages is no other memory.
    ///
    /// Source: facts of kubelet, §5.5.
    package var allocatable: ResourceAmounts {
        let kept = clampedSum(hugePages.values.map(\.bytes))
        var amounts = ResourceAmounts(
            cpu: cpu, memory: ByteCount(max(0, memory.bytes - kept)), hugePages: hugePages)
        amounts.disk = disk
        return amounts
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
