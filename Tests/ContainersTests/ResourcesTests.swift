import Cgroups
import Containers
import Foundation
import OCI
import Testing

/// Limits as `config.json` has them.
private func resources(_ json: String) throws -> RuntimeSpec.Resources {
    try JSONDecoder().decode(RuntimeSpec.Resources.self, from: Data(json.utf8))
}

@Suite struct `A container's limits` {
    @Test(arguments: [
        ("{}", []),
        // CPU.
        (#"{"cpu": {"shares": 1024}}"#, ["cpu.weight=100"]), (#"{"cpu": {"shares": 2}}"#, ["cpu.weight=1"]),
        (#"{"cpu": {"shares": 262144}}"#, ["cpu.weight=10000"]), (#"{"cpu": {"shares": 0}}"#, []),
        (#"{"cpu": {"quota": 50000, "period": 100000}}"#, ["cpu.max=50000 100000"]),
        (#"{"cpu": {"quota": 50000}}"#, ["cpu.max=50000 100000"]),
        (#"{"cpu": {"period": 20000}}"#, ["cpu.max=max 20000"]), (#"{"cpu": {"quota": -1}}"#, ["cpu.max=max 100000"]),
        (#"{"cpu": {"quota": 0}}"#, []),
        (#"{"cpu": {"quota": 10000, "burst": 5000}}"#, ["cpu.max=10000 100000", "cpu.max.burst=5000"]),
        (#"{"cpu": {"idle": 1, "shares": 1024}}"#, ["cpu.idle=1"]),
        (#"{"cpu": {"idle": 0, "shares": 1024}}"#, ["cpu.idle=0", "cpu.weight=100"]),
        (#"{"cpu": {"cpus": "0-1", "mems": "0"}}"#, ["cpuset.cpus=0-1", "cpuset.mems=0"]),
        (#"{"cpu": {"realtimeRuntime": 0}}"#, []),
        // Memory; swap counts memory as well.
        (#"{"memory": {"limit": 4096}}"#, ["memory.max=4096"]),
        (#"{"memory": {"limit": -1}}"#, ["memory.max=max", "memory.swap.max=max"]),
        (#"{"memory": {"limit": 4096, "swap": 4096}}"#, ["memory.max=4096", "memory.swap.max=0"]),
        (#"{"memory": {"limit": 4096, "swap": 8192}}"#, ["memory.max=4096", "memory.swap.max=4096"]),
        (#"{"memory": {"limit": 4096, "swap": -1}}"#, ["memory.max=4096", "memory.swap.max=max"]),
        (#"{"memory": {"limit": -1, "swap": 8192}}"#, ["memory.max=max", "memory.swap.max=8192"]),
        (#"{"memory": {"swap": -1}}"#, ["memory.swap.max=max"]),
        (#"{"memory": {"limit": 4096, "swap": 0}}"#, ["memory.max=4096"]),
        (#"{"memory": {"reservation": 100}}"#, ["memory.low=100"]),
        (#"{"memory": {"reservation": -1}}"#, ["memory.low=max"]),
        (#"{"memory": {"kernel": 5, "kernelTCP": 5, "swappiness": 60, "disableOOMKiller": false}}"#, []),
        // Tasks.
        (#"{"pids": {"limit": -1}}"#, ["pids.max=max"]), (#"{"pids": {"limit": 0}}"#, ["pids.max=1"]),
        (#"{"pids": {"limit": 7}}"#, ["pids.max=7"]), (#"{"pids": {}}"#, []),
        // Disks.
        (#"{"blockIO": {"weight": 10}}"#, ["io.bfq.weight=10|io.weight=1"]),
        (#"{"blockIO": {"weight": 1000}}"#, ["io.bfq.weight=1000|io.weight=10000"]),
        (#"{"blockIO": {"weight": 500}}"#, ["io.bfq.weight=500|io.weight=4950"]),
        (
            #"{"blockIO": {"weightDevice": [{"major": 8, "minor": 0, "weight": 100}]}}"#,
            ["io.bfq.weight=8:0 100|io.weight=8:0 910"]
        ),
        (
            #"""
            {"blockIO": {"throttleReadBpsDevice": [{"major": 8, "minor": 16, "rate": 1}, {"major": 8, "minor": 0, "rate": 2}],
            "throttleWriteBpsDevice": [{"major": 8, "minor": 0, "rate": 3}],
            "throttleReadIOPSDevice": [{"major": 8, "minor": 0, "rate": 4}],
            "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 0}]}}
            """#, ["io.max=8:0 rbps=2 wbps=3 riops=4 wiops=max", "io.max=8:16 rbps=1"]
        ),
        // The rest.
        (
            #"{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}"#,
            ["hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304"]
        ),
        (
            #"{"rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10000}, "mlx4_0": {"hcaObjects": 1}}}"#,
            ["rdma.max=mlx4_0 hca_handle=max hca_object=1", "rdma.max=mlx5_1 hca_handle=3 hca_object=10000"]
        ),
        (
            #"{"memory": {"limit": 5}, "unified": {"memory.max": "6", "memory.oom.group": "1"}}"#,
            ["memory.max=5", "memory.max=6", "memory.oom.group=1"]
        ),
        (#"{"network": {"classID": 0, "priorities": []}}"#, []),
    ])
    func `are files of cgroup v2`(json: String, files: [String]) throws {
        let settings = try CgroupSettings(resources(json)).settings.map { setting in
            "\(setting.file)=\(setting.value)" + (setting.substitute.map { "|\($0.file)=\($0.value)" } ?? "")
        }
        #expect(settings == files)
    }

    @Test(arguments: [
        (#"{"memory": {"disableOOMKiller": true}}"#, "memory.disableOOMKiller"),
        (#"{"memory": {"limit": 4096, "swap": 4095}}"#, "memory.swap: 4095 counts memory as well: not below 4096"),
        (#"{"memory": {"swap": 4096}}"#, "memory.limit is needed"), (#"{"memory": {"limit": -5}}"#, "memory.limit"),
        (#"{"memory": {"limit": 1, "swap": -5}}"#, "memory.swap"), (#"{"memory": {"reservation": -2}}"#, "reservation"),
        (#"{"cpu": {"realtimeRuntime": 5}}"#, "real-time"), (#"{"cpu": {"realtimePeriod": 5}}"#, "real-time"),
        (#"{"cpu": {"idle": 2}}"#, "cpu.idle"), (#"{"cpu": {"cpus": "a"}}"#, "cpu.cpus"),
        (#"{"cpu": {"mems": "3-1"}}"#, "cpu.mems"),
        (#"{"blockIO": {"leafWeight": 10}}"#, "leafWeight"), (#"{"blockIO": {"weight": 9}}"#, "10 to 1000"),
        (#"{"blockIO": {"weight": 1001}}"#, "10 to 1000"),
        (#"{"blockIO": {"throttleReadBpsDevice": [{"major": -1, "minor": 0, "rate": 1}]}}"#, "-1:0"),
        (#"{"hugepageLimits": [{"pageSize": "2M", "limit": 1}]}"#, "2M"),
        (#"{"hugepageLimits": [{"pageSize": "2Mi", "limit": 1}]}"#, "2Mi"),
        (#"{"hugepageLimits": [{"pageSize": "../2MB", "limit": 1}]}"#, "hugepageLimits"),
        (#"{"network": {"classID": 5}}"#, "network"), (#"{"unified": {"a/b.c": "1"}}"#, "without slashes"),
    ])
    func `that cgroup v2 does not have are refused`(json: String, words: String) throws {
        let limits = try resources(json)
        let error = #expect(throws: (any Error).self) { try CgroupSettings(limits) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(words))
    }

    @Test func `of which some do nothing are told of`() throws {
        let limits = try resources(#"{"memory": {"kernel": 5, "swappiness": 60, "checkBeforeUpdate": true}}"#)
        #expect(CgroupSettings.ignored(in: limits).count == 2)
        #expect(try CgroupSettings(limits).keepsMemoryInUse)
    }

    @Test func `without which something may run need no controller`() throws {
        let limits = try resources(
            #"{"memory": {"limit": -1, "swap": -1}, "pids": {"limit": -1}, "cpu": {"quota": -1}}"#)
        #expect(try CgroupSettings(limits).controllers.isEmpty)
    }
}

@Suite struct `A container's device rules` {
    private func rules(_ json: String) throws -> [DeviceRule] {
        try DeviceRule.rules(for: resources(#"{"devices": \#(json)}"#)).dropLast(DeviceRule.always.count)
    }

    @Test(arguments: [
        (#"[{"allow": false, "access": "rwm"}]"#, DeviceRule(allow: false)),
        (#"[{"allow": true, "type": "a"}]"#, DeviceRule(allow: true)),
        (
            #"[{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]"#,
            DeviceRule(allow: true, kind: .character, major: 10, minor: 229, access: [.read, .write])
        ),
        (
            #"[{"allow": true, "type": "b", "major": -1, "minor": 5, "access": "m"}]"#,
            DeviceRule(allow: true, kind: .block, minor: 5, access: .makeNode)
        ),
        (#"[{"allow": true, "type": "a", "major": 10}]"#, DeviceRule(allow: true, major: 10)),
    ])
    func `are read from the specification`(json: String, rule: DeviceRule) throws {
        #expect(try rules(json) == [rule])
    }

    @Test func `stand before what every container may use`() throws {
        let all = try DeviceRule.rules(for: resources(#"{"devices": [{"allow": false}]}"#))
        #expect(all == DeviceRule.containerDefaults)
        #expect(try DeviceRule.rules(for: RuntimeSpec.Resources()) == DeviceRule.always)
    }

    @Test(arguments: [
        #"[{"allow": true, "type": "p"}]"#, #"[{"allow": true, "type": "cc"}]"#, #"[{"allow": true, "access": "x"}]"#,
        #"[{"allow": true, "major": -2}]"#, #"[{"allow": true, "minor": 4294967296}]"#,
    ])
    func `with other values are refused`(json: String) {
        #expect(throws: UnsupportedResource.self) { try rules(json) }
    }
}
