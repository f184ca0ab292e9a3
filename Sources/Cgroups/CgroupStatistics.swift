/// Everything that a group's controllers count. What a kernel or group does not have is `nil` or empty.
package struct CgroupStatistics: Equatable, Sendable {
    package var cpu: CPUStatistics?
    package var memory: MemoryUsage?
    package var memoryEvents: MemoryEvents?
    package var localMemoryEvents: MemoryEvents?
    package var io: [IOStatistics]?
    package var pids: PIDsUsage?
    package var hugePages: [HugePageSize: HugePageUsage] = [:]
    package var rdma: [RDMAUsage]?
    package var misc: MiscUsage?
    package var pressure: [Pressure.Resource: Pressure] = [:]

    package init() {}
}

extension Cgroup {
    /// Reads what there is. A file that is missing is no error; one whose form is unknown is.
    package func statistics() throws -> CgroupStatistics {
        var all = CgroupStatistics()
        all.cpu = try read("cpu.stat", ifExists: true).map { try CPUStatistics(parsing: $0) }
        all.memory = try memoryUsage()
        all.memoryEvents = try memoryEvents()
        all.localMemoryEvents = try localMemoryEvents()
        all.io = try ioStatistics()
        all.pids = try pidsUsage()
        all.hugePages = try hugePageUsages()
        all.rdma = try rdmaUsage()
        all.misc = try miscUsage()
        for resource in Pressure.Resource.allCases { all.pressure[resource] = try pressure(resource) }
        return all
    }
}
