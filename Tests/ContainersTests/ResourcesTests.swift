import Cgroups
import Containers
import OCI
import Testing

@Suite struct `Resources of the runtime spec` {
    @Test(arguments: [
        (RuntimeSpec.Memory(limit: 100), ["memory.max=100"]), (.init(limit: -1), ["memory.max=max"]),
        (.init(limit: 0), []), (.init(limit: 100, swap: 100), ["memory.swap.max=0", "memory.max=100"]),
        (.init(limit: 100, swap: 250), ["memory.swap.max=150", "memory.max=100"]),
        (.init(limit: 100, swap: -1), ["memory.swap.max=max", "memory.max=100"]),
        (.init(reservation: 7), ["memory.low=7"]),
    ])
    func `limit memory`(memory: RuntimeSpec.Memory, expected: [String]) throws {
        let settings = try CgroupSettings(RuntimeSpec.Resources(memory: memory))
        #expect(settings.settings.map { "\($0.file)=\($0.value)" } == expected)
    }

    @Test(arguments: [RuntimeSpec.Memory(limit: 100, swap: 50), .init(swap: 50)])
    func `are refused when swap contradicts memory`(memory: RuntimeSpec.Memory) {
        #expect(throws: ResourceError.self) { try CgroupSettings(RuntimeSpec.Resources(memory: memory)) }
    }

    @Test(arguments: [
        (RuntimeSpec.CPU(shares: 1024), ["cpu.weight=100"]), (.init(shares: 0), []),
        (.init(quota: 5000), ["cpu.max=5000 100000"]), (.init(quota: -1, period: 50000), ["cpu.max=max 50000"]),
        (.init(shares: 1024, idle: 1), ["cpu.idle=1"]), (.init(burst: 9), ["cpu.max.burst=9"]),
        (.init(cpus: "0-1", mems: "0"), ["cpuset.cpus=0-1", "cpuset.mems=0"]),
    ])
    func `limit the processors`(cpu: RuntimeSpec.CPU, expected: [String]) throws {
        let settings = try CgroupSettings(RuntimeSpec.Resources(cpu: cpu))
        #expect(settings.settings.map { "\($0.file)=\($0.value)" } == expected)
    }

    @Test func `limit tasks, huge pages and RDMA, and name files last`() throws {
        let resources = RuntimeSpec.Resources(
            pids: .init(limit: -1), hugepageLimits: [.init(pageSize: "2MB", limit: 4)],
            rdma: ["mlx5_0": .init(hcaHandles: 3)], unified: ["memory.high": "5"])
        #expect(
            try CgroupSettings(resources).settings.map { "\($0.file)=\($0.value)" } == [
                "pids.max=max", "hugetlb.2MB.max=4", "hugetlb.2MB.rsvd.max=4",
                "rdma.max=mlx5_0 hca_handle=3 hca_object=max", "memory.high=5",
            ])
    }

    @Test(arguments: ["../x.y", "procs", "a/b.c"])
    func `name only files of a group`(file: String) {
        #expect(throws: ResourceError.self) { try CgroupSettings(RuntimeSpec.Resources(unified: [file: "1"])) }
    }

    @Test(arguments: DeviceRule.containerDefaults)
    func `write device rules so that they read the same`(rule: DeviceRule) throws {
        #expect(try DeviceRule(RuntimeSpec.DeviceRule(rule)) == rule)
    }

    @Test(arguments: [
        RuntimeSpec.DeviceRule(allow: true, type: "x"), .init(allow: true, access: "rx"),
        .init(allow: true, major: 1 << 40), .init(allow: true, minor: -2),
    ])
    func `are refused with device rules that mean nothing`(rule: RuntimeSpec.DeviceRule) {
        #expect(throws: ResourceError.self) { try DeviceRule(rule) }
    }
}
