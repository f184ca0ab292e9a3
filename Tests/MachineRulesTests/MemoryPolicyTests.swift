import Cgroups
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A container's memory` {
    private static func pod(
        _ qosClass: Pod.QoSClass, _ containers: (request: Int64?, limit: Int64?)..., source: PodSource = .api
    ) -> Pod {
        var pod = Pod(
            id: .init("u"), name: "web", source: source,
            containers: containers.enumerated().map { index, memory in
                var container = Pod.Container(name: "c\(index)", image: "i")
                container.requests = .init(memory: memory.request.map(ByteCount.init))
                container.limits = .init(memory: memory.limit.map(ByteCount.init))
                return container
            })
        pod.qosClass = qosClass
        return pod
    }

    private func settings(_ policy: MemoryPolicy, _ pod: Pod) -> CgroupSettings {
        policy.settings(of: pod.containers[0], in: pod)
    }

    /// Source: facts of kubelet, §5.7: floor((request + (limit or allocatable − request) × factor) / page) × page.
    @Test(
        arguments: [
            (100 << 20, 200 << 20, 0.9, 199_229_440), (100 << 20, nil, 0.9, 976_850_944), (nil, 200 << 20, 0.9, nil),
            (100 << 20, 200 << 20, 1, 200 << 20), (100 << 20, 100 << 20, 0.9, nil), (nil, nil, 0.9, nil),
            (100 << 20, (100 << 20) + 4095, 0.5, nil), (1, 8192, 0.5, 4096), (2 << 30, nil, 0.9, nil),
            (100 << 20, 200 << 20, 0.1, 115_343_360), (.max, nil, 0.9, nil),
        ] as [(Int64?, Int64?, Double, Int64?)])
    func `is hard to get from somewhere between request and limit on`(
        request: Int64?, limit: Int64?, factor: Double, high: Int64?
    ) {
        let qos = MemoryPolicy.QoS(throttlingFactor: factor, allocatable: ByteCount(1 << 30))
        let settings = settings(MemoryPolicy(qos: qos), Self.pod(.burstable, (request, limit)))
        #expect(settings["memory.high"] == high.map { "\($0)" })
        #expect(settings["memory.min"] == "0" && settings["memory.low"] == "0", "nothing is kept by the policy None")
    }

    @Test(
        arguments: [
            (.guaranteed, ("64", "0"), ("96", "0")), (.burstable, ("0", "64"), ("0", "96")),
            (.bestEffort, ("0", "0"), ("0", "0")),
        ] as [(Pod.QoSClass, (String, String), (String, String))])
    func `is kept from reclaim by class`(
        qosClass: Pod.QoSClass, container: (String, String), whole: (String, String)
    ) {
        let qos = MemoryPolicy.QoS(reservation: .tiered, allocatable: ByteCount(1 << 30))
        let policy = MemoryPolicy(qos: qos)
        let pod = Self.pod(qosClass, (64, 64), (32, 32))
        let settings = settings(policy, pod)
        #expect(settings["memory.min"] == container.0 && settings["memory.low"] == container.1)
        #expect(policy.settings(of: pod)["memory.min"] == whole.0 && policy.settings(of: pod)["memory.low"] == whole.1)
    }

    @Test func `is left alone while the gate is off`() {
        let settings = settings(MemoryPolicy(), Self.pod(.burstable, (64, 128)))
        #expect(settings.settings.map(\.file) == ["memory.swap.max"] && settings["memory.swap.max"] == "0")
    }

    /// Source: facts of kubelet, §5.8: request / memory of the node × swap of the node.
    @Test(
        arguments: [
            (.burstable, 1 << 30, nil, "268435456"), (.burstable, 1 << 30, 2 << 30, "268435456"),
            (.burstable, 1 << 30, 1 << 30, "0"), (.burstable, nil, nil, "0"), (.burstable, 0, nil, "0"),
            (.guaranteed, 1 << 30, 1 << 30, "0"), (.bestEffort, nil, nil, "0"), (.burstable, 3, nil, "0"),
        ] as [(Pod.QoSClass, Int64?, Int64?, String)])
    func `is swapped as much as its request is of the node's`(
        qosClass: Pod.QoSClass, request: Int64?, limit: Int64?, swap: String
    ) {
        let policy = MemoryPolicy(swap: .init(memory: ByteCount(8 << 30), swap: ByteCount(2 << 30)))
        let pod = Self.pod(qosClass, (request, limit))
        #expect(settings(policy, pod)["memory.swap.max"] == swap)
        #expect(policy.settings(of: pod)["memory.swap.max"] == (swap == "0" ? "0" : "max"))
        #expect(settings(MemoryPolicy(), pod)["memory.swap.max"] == "0", "NoSwap")
        var critical = pod
        critical.priority = 2_000_000_000
        #expect(settings(policy, critical)["memory.swap.max"] == "0")
        #expect(settings(policy, Self.pod(qosClass, (request, limit), source: .file))["memory.swap.max"] == "0")
    }
}

@Suite struct `A group of the node's own services` {
    private static func group(_ name: String, isCompressible: Bool = false, keepsMemory: Bool = false) -> ReservedGroup
    {
        ReservedGroup(
            .system, name: name, cpu: MilliCPU(500), memory: ByteCount(1 << 30), pids: 1000,
            isCompressible: isCompressible, keepsMemory: keepsMemory)
    }

    /// Source: facts of kubelet, §5.5: weight of the line, memory and processes; `-compressible` only the weight.
    @Test func `may use what is reserved for it`() {
        #expect(
            Self.group("/a").settings
                == CgroupSettings([
                    .init(.cpu, "cpu.weight", "20"), .init(.memory, "memory.max", "1073741824"),
                    .init(.pids, "pids.max", "1000"),
                ]))
        #expect(Self.group("/a", isCompressible: true).settings == CgroupSettings([.init(.cpu, "cpu.weight", "20")]))
        #expect(Self.group("/a", keepsMemory: true).settings["memory.min"] == "1073741824")
        let nothing = ReservedGroup(
            .kube, name: "/a", cpu: nil, memory: nil, pids: nil, isCompressible: false, keepsMemory: true)
        #expect(nothing.settings == CgroupSettings())
    }

    /// Source: kubernetes `cgroup_manager_linux_test.go`, `TestParseSystemdToCgroupName`.
    @Test(arguments: [
        ("/system", "system", "/system.slice"), ("/system.slice", "system.slice", "/system.slice"),
        ("/kube-reserved", "kube-reserved", "/kube.slice/kube-reserved.slice"),
        ("/a/b", "a/b", "/b.slice"), ("node", "node", "/node.slice"),
    ])
    func `is where systemd puts it`(name: String, path: String, slice: String) throws {
        #expect(try Self.group(name).path(isSystemd: false).string == path)
        #expect(try Self.group(name).path(isSystemd: true).string == slice)
    }

    @Test func `that is missing keeps the agent from starting`() {
        let error = #expect(throws: ReservedGroup.Failure.self) {
            try Self.group("/none").enforce(below: "/nowhere", isSystemd: false)
        }
        #expect(
            "\(error, default: "")"
                == "Failed to enforce System Reserved Cgroup Limits on \"/none\": \"/none\" cgroup does not exist")
    }
}
