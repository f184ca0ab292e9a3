package import Cgroups
package import Kubernetes

/// What one cgroup, or the machine as a whole, uses at one moment. What is not measured is `nil` or empty.
package struct GroupStatistics: Equatable, Sendable {
    /// From the root of the tree; `/` is the machine.
    package var path: String
    package var time = MicroTime()
    package var started: MicroTime?
    package var cpu: CPUStatistics?
    /// Thousand-millionths of a processor, over the last ten seconds or more.
    package var nanoCores: UInt64?
    package var quota: CPUQuota?
    package var weight: UInt64?
    package var memory: MemoryUsage?
    package var memoryEvents: MemoryEvents?
    /// What it may have; `nil`: nothing limits it.
    package var memoryLimit: UInt64?
    /// What reclaim leaves it, in bytes.
    package var memoryReservation: UInt64?
    package var io: [IOStatistics] = []
    package var pids: PIDsUsage?
    package var pressure: [Pressure.Resource: Pressure] = [:]
    package var processes: ProcessCounts?

    package init(path: String) { self.path = path }

    /// Source: facts of kubelet, §11.4: what is left until the working set reaches the limit.
    package var availableMemory: UInt64? {
        guard let memory, let memoryLimit else { return nil }
        return memoryLimit - min(memoryLimit, memory.workingSet)
    }
}

/// The processes of a group.
package struct ProcessCounts: Equatable, Sendable {
    package var processes: UInt64 = 0
    /// `nil`: the controller that counts them is missing.
    package var threads: UInt64?
    package var descriptors: UInt64?
    package var sockets: UInt64?
    /// Open files that the first process may have; `nil`: as many as it likes.
    package var openFilesLimit: UInt64?
    /// How many are in each state, by cAdvisor's names.
    package var states: [String: UInt64] = [:]

    package init() {}

    /// Source: proc_pid_stat(5) for the letters; cAdvisor's `container_tasks_state` for the names.
    package mutating func note(state: Character) {
        let name: String? =
            switch state {
            case "R": "running"
            case "S", "I": "sleeping"
            case "D": "uninterruptible"
            case "T", "t": "stopped"
            default: nil
            }
        if let name { states[name, default: 0] += 1 }
    }
}
