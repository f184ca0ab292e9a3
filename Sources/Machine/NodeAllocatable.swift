package import Cgroups
import Linux
import SystemPackage

/// What all pods of the node may use together: what the machine has, less what is kept for others.
///
/// Source: facts of kubelet, §5.5. Room that eviction keeps free is not taken off: pods may use it until they go.
package struct NodeAllocatable: Equatable, Sendable {
    package struct Amounts: Equatable, Sendable {
        package var milliCPU: Int64
        /// In bytes.
        package var memory: Int64
        package var pids: Int64

        package init(milliCPU: Int64 = 0, memory: Int64 = 0, pids: Int64 = 0) {
            self.milliCPU = milliCPU
            self.memory = memory
            self.pids = pids
        }
    }

    package let amounts: Amounts

    package init(capacity: Amounts, reserved: [Amounts]) throws(Overreserved) {
        func left(_ name: String, _ key: KeyPath<Amounts, Int64>) throws(Overreserved) -> Int64 {
            let taken = reserved.reduce(0) { $0 + $1[keyPath: key] }
            guard taken <= capacity[keyPath: key] else {
                throw Overreserved(resource: name, reserved: taken, capacity: capacity[keyPath: key])
            }
            return capacity[keyPath: key] - taken
        }
        amounts = Amounts(
            milliCPU: try left("cpu", \.milliCPU), memory: try left("memory", \.memory), pids: try left("pid", \.pids))
    }

    /// Limits of the group `kubepods`. What the machine has no controller for was told of when the group was made.
    package var settings: CgroupSettings {
        CgroupSettings([
            .init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: amounts.milliCPU).linearWeight)", isDefault: true),
            .init(.memory, "memory.max", "\(amounts.memory)", isDefault: true),
            .init(.pids, "pids.max", "\(amounts.pids)", isDefault: true),
        ])
    }

    /// What this machine has. Source: facts of kubelet, §5.5, for processes.
    package static func capacity() throws -> Amounts {
        let limits = try ["pid_max", "threads-max"].compactMap { name -> Int64? in
            let text = try readFile(at: FilePath("/proc/sys/kernel/\(name)"), ifExists: true) ?? []
            return Int64(String(decoding: text.filter { $0 > 0x20 }, as: UTF8.self))
        }
        return Amounts(
            milliCPU: Int64(processorCount()) * 1000, memory: memoryCapacity(), pids: limits.min() ?? Int64(Int32.max))
    }

    /// In the kubelet's words.
    package struct Overreserved: Error, Equatable, CustomStringConvertible {
        package let resource: String
        package let reserved: Int64
        package let capacity: Int64
        package var description: String {
            "invalid Node Allocatable configuration. Resource \"\(resource)\" has a reservation of \(reserved) but "
                + "capacity of \(capacity). Expected capacity >= reservation."
        }
    }
}
