import Cgroups
import Machine
import Pods
import Testing

/// A container that wants so much: milli-CPUs and bytes, `nil` for no wish.
func container(
    _ name: String = "app", cpu: (request: Int64?, limit: Int64?) = (nil, nil),
    memory: (request: Int64?, limit: Int64?) = (nil, nil)
) -> Pod.Container {
    var container = Pod.Container(name: name, image: "image")
    container.requests = ResourceAmounts(
        cpu: cpu.request.map { MilliCPU($0) }, memory: memory.request.map { ByteCount($0) })
    container.limits = ResourceAmounts(cpu: cpu.limit.map { MilliCPU($0) }, memory: memory.limit.map { ByteCount($0) })
    return container
}

func pod(_ qosClass: Pod.QoSClass = .bestEffort, _ containers: [Pod.Container] = [container()]) -> Pod {
    var pod = Pod(id: Pod.ID("1b2c-3d"), name: "web-node", containers: containers)
    pod.qosClass = qosClass
    return pod
}

@Suite struct `A pod's cgroup` {
    @Test(arguments: [
        (Pod.QoSClass.guaranteed, ["kubepods", "pod1b2c-3d"], ["kubepods.slice", "kubepods-pod1b2c_3d.slice"]),
        (
            .burstable, ["kubepods", "burstable", "pod1b2c-3d"],
            ["kubepods.slice", "kubepods-burstable.slice", "kubepods-burstable-pod1b2c_3d.slice"]
        ),
        (
            .bestEffort, ["kubepods", "besteffort", "pod1b2c-3d"],
            ["kubepods.slice", "kubepods-besteffort.slice", "kubepods-besteffort-pod1b2c_3d.slice"]
        ),
    ])
    func `has the kubelet's names`(qosClass: Pod.QoSClass, names: [String], slices: [String]) {
        #expect(PodCgroup.names(qosClass: qosClass, id: Pod.ID("1b2c-3d")) == names)
        #expect(PodCgroup.sliceNames(names) == slices)
    }

    @Test(arguments: [
        (pod(), ["cpu.weight": "1", "memory.swap.max": "0"]),
        (
            pod(.guaranteed, [container(cpu: (500, 500), memory: (1 << 20, 1 << 20))]),
            ["cpu.weight": "20", "cpu.max": "50000 100000", "memory.max": "1048576", "memory.swap.max": "0"]
        ),
        (  // one container without limits leaves the pod without
            pod(
                .burstable,
                [container("a", cpu: (100, 200), memory: (1, 1 << 20)), container("b", cpu: (100, nil))]),
            ["cpu.weight": "8", "memory.swap.max": "0"]
        ),
        (
            pod(.burstable, [container("a", cpu: (100, 200)), container("b", cpu: (100, 300))]),
            ["cpu.weight": "8", "cpu.max": "50000 100000", "memory.swap.max": "0"]
        ),
    ])
    func `is limited by its class and its containers`(pod: Pod, expected: [String: String]) {
        let settings = PodCgroup.settings(for: pod, policy: LimitPolicy())
        #expect(Dictionary(settings.settings.map { ($0.file, $0.value) }, uniquingKeysWith: { $1 }) == expected)
    }

    @Test func `obeys the node's configuration`() throws {
        var policy = LimitPolicy()
        policy.enforcesCPULimits = false
        policy.podPidsLimit = 64
        let size = try #require(HugePageSize("2Mi"))
        policy.hugePageSizes = [size]
        var wants = container(cpu: (500, 500), memory: (1, 1))
        wants.requests.hugePages = ["2Mi": ByteCount(8 << 20)]
        let settings = PodCgroup.settings(for: pod(.guaranteed, [wants]), policy: policy)
        #expect(settings["cpu.max"] == nil)
        #expect(settings["pids.max"] == "64")
        #expect(settings["hugetlb.2MB.max"] == "8388608")
        policy.podPidsLimit = -1
        #expect(PodCgroup.settings(for: pod(), policy: policy)["pids.max"] == nil)
    }

    @Test func `of the class weighs what its pods request`() {
        let pods = [
            pod(.burstable, [container(cpu: (1000, nil))]), pod(.burstable, [container(cpu: (1000, nil))]),
            pod(.guaranteed, [container(cpu: (4000, 4000))]), pod(),
        ]
        #expect(PodCgroup.settings(forClass: .burstable, pods: pods, policy: LimitPolicy())["cpu.weight"] == "79")
        #expect(PodCgroup.settings(forClass: .bestEffort, pods: pods, policy: LimitPolicy())["cpu.weight"] == "1")
    }
}

@Suite struct `The oom score` {
    @Test(arguments: [
        (Pod.QoSClass.guaranteed, Int64(0), Int32(0), -997), (.bestEffort, 0, 0, 1000), (.burstable, 0, 0, 999),
        (.burstable, 4 << 30, 0, 500), (.burstable, 8 << 30, 0, 3), (.burstable, .max, 0, 3), (.burstable, 1, 0, 999),
        (.burstable, 8 << 20, 0, 999), (.burstable, 16 << 20, 0, 999), (.burstable, 80 << 20, 0, 991),
        (.bestEffort, 0, 2_000_001_000, -997),
    ])
    func `follows the class and the share of memory`(
        qosClass: Pod.QoSClass, request: Int64, priority: Int32, score: Int
    ) {
        var pod = pod(qosClass, [container(memory: (request, nil))])
        pod.priority = priority
        #expect(OOMScore.adjustment(of: pod.containers[0], in: pod, memoryCapacity: ByteCount(8 << 30)) == score)
    }
}

@Suite struct `What a node can give` {
    private let capacity = NodeResources(cpu: MilliCPU(4000), memory: ByteCount(1000), pids: 100)

    @Test func `is its capacity without what is reserved, and pods may use the eviction threshold`() throws {
        let node = try NodeAllocatable(
            capacity: capacity, kubeReserved: NodeResources(cpu: MilliCPU(500), memory: ByteCount(100)),
            systemReserved: NodeResources(memory: ByteCount(50), pids: 10),
            evictionHard: NodeResources(memory: ByteCount(25)))
        #expect(node.allocatable.cpu == MilliCPU(3500))
        #expect(node.allocatable.memory == ByteCount(825))
        #expect(node.podLimit.memory == ByteCount(850))
        #expect(node.podLimit.pids == 90)
        let settings = PodCgroup.settings(for: node.podLimit, policy: LimitPolicy())
        #expect(settings["memory.max"] == "850" && settings["pids.max"] == "90" && settings["cpu.weight"] == "137")
    }

    @Test func `is less by huge pages`() throws {
        var capacity = capacity
        capacity.hugePages = [HugePageSize(bytes: 2 << 20): ByteCount(400)]
        let node = try NodeAllocatable(capacity: capacity)
        #expect(node.allocatable.memory == ByteCount(600))
        #expect(node.podLimit.memory == ByteCount(1000))
    }

    @Test func `cannot be less than nothing`() {
        #expect(
            throws: InvalidNodeAllocatable(resource: "memory", reserved: 1001, capacity: 1000)
        ) {
            try NodeAllocatable(
                capacity: capacity, kubeReserved: NodeResources(memory: ByteCount(1000)),
                evictionHard: NodeResources(memory: ByteCount(1)))
        }
    }
}
