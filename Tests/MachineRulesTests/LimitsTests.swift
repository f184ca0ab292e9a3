import Cgroups
import Containers
import Pods
import Testing

@testable import Machine

@Suite struct `A pod's limits` {
    static func container(cpu: (Int64?, Int64?) = (nil, nil), memory: (Int64?, Int64?) = (nil, nil)) -> Pod.Container {
        var container = Pod.Container(name: "app", image: "i")
        container.requests = .init(cpu: cpu.0.map(MilliCPU.init), memory: memory.0.map(ByteCount.init))
        container.limits = .init(cpu: cpu.1.map(MilliCPU.init), memory: memory.1.map(ByteCount.init))
        return container
    }

    static func pod(_ qos: Pod.QoSClass, _ containers: Pod.Container...) -> Pod {
        var pod = Pod(id: .init("u"), name: "web", containers: containers)
        pod.qosClass = qos
        return pod
    }

    /// Source: facts of kubelet, §5.3: a pod is limited only if all of its containers are.
    @Test func `hold when every container has one`() {
        let limited = Self.pod(
            .burstable, Self.container(cpu: (100, 500), memory: (nil, 1 << 20)),
            Self.container(cpu: (200, 500), memory: (nil, 1 << 20)))
        let settings = CgroupSettings(limited, .init())
        #expect(settings["cpu.max"] == "100000 100000")
        #expect(settings["memory.max"] == "\(2 << 20)")
        #expect(settings["cpu.weight"] == "12")

        let open = CgroupSettings(Self.pod(.burstable, Self.container(cpu: (100, 500)), Self.container()), .init())
        #expect(open["cpu.max"] == nil)
        #expect(open["memory.max"] == nil)
        #expect(CgroupSettings(Self.pod(.bestEffort, Self.container()), .init())["cpu.weight"] == "1")
    }

    /// Source: facts of kubelet, §5.3: what the runtime takes is added to requests, and to limits where there are some.
    @Test func `leave room for what the runtime takes`() {
        var pod = Self.pod(.burstable, Self.container(cpu: (100, 500), memory: (nil, 1 << 20)))
        pod.overhead = ResourceAmounts(cpu: MilliCPU(200), memory: ByteCount(1 << 20))
        let settings = CgroupSettings(pod, .init())
        #expect(settings["cpu.max"] == "70000 100000" && settings["memory.max"] == "\(2 << 20)")
        #expect(settings["cpu.weight"] == "12")
        pod.containers[0].limits = .init()
        #expect(CgroupSettings(pod, .init())["cpu.max"] == nil)
    }

    @Test func `of a container stand in its own group`() {
        let container = Self.container(cpu: (1000, 250), memory: (nil, 64 << 20))
        let settings = CgroupSettings(container, of: Self.pod(.burstable, container), .init())
        #expect(settings["cpu.weight"] == "100")
        #expect(settings["cpu.max"] == "25000 100000")
        #expect(settings["memory.max"] == "\(64 << 20)")
        #expect(settings["memory.oom.group"] == "1")
    }

    /// The API server refuses most of these; a ledger or a manifest may hold anything.
    @Test func `are numbers, whatever is asked for`() throws {
        let amounts: [Int64] = [.min, -1, 0, 1, .max]
        func both(_ amount: Int64) -> ResourceAmounts {
            ResourceAmounts(cpu: MilliCPU(amount), memory: ByteCount(amount))
        }
        for (first, second) in amounts.flatMap({ one in amounts.map { (one, $0) } }) {
            for (third, fourth) in amounts.flatMap({ one in amounts.map { (one, $0) } }) {
                let container = Self.container(cpu: (first, second), memory: (first, second))
                var pod = Self.pod(.burstable, container, container)
                pod.initContainers = [container]
                pod.resources = .init(requests: both(third), limits: both(fourth))
                pod.overhead = both(max(0, first))
                let settings = [CgroupSettings(pod, .init()), CgroupSettings(container, of: pod, .init())]
                let weights = try settings.map { try #require($0["cpu.weight"].flatMap { Int64($0) }) }
                #expect(weights.allSatisfy { (1...10_000).contains($0) })
                #expect(settings.allSatisfy { !($0["memory.max"] ?? "").hasPrefix("-") })
                #expect((3...999).contains(OOMScore.adjustment(of: container, in: pod, memoryCapacity: 1 << 30)))
                let totals = PodClaims.totals(of: [PodClaim(pod), PodClaim(pod)])
                #expect((1...10_000).contains(totals.weight))
                _ = MemoryVolume.size(.init(medium: .memory), of: pod, nodeMemory: ByteCount(1 << 30))
            }
        }
    }

    /// Source: facts of kubelet, §5.4.
    @Test(
        arguments: [
            (Pod.QoSClass.guaranteed, nil, -997), (.bestEffort, nil, 1000), (.burstable, nil, 999),
            (.burstable, 500, 500), (.burstable, 1000, 3),
        ] as [(Pod.QoSClass, Int64?, Int)])
    func `decide who dies first`(qos: Pod.QoSClass, request: Int64?, score: Int) {
        let container = Self.container(memory: (request, nil))
        #expect(OOMScore.adjustment(of: container, in: Self.pod(qos, container), memoryCapacity: 1000) == score)
    }
}

@Suite struct `A pod's limits as a whole` {
    private static func pod(_ qos: Pod.QoSClass, _ whole: Pod.Resources, _ containers: Pod.Container...) -> Pod {
        var pod = Pod(id: .init("u"), name: "web", containers: containers)
        (pod.qosClass, pod.resources) = (qos, whole)
        return pod
    }

    private static func amounts(_ cpu: Int64?, _ memory: Int64?) -> ResourceAmounts {
        .init(cpu: cpu.map(MilliCPU.init), memory: memory.map(ByteCount.init))
    }

    private static func container(_ cpu: (Int64?, Int64?), _ memory: (Int64?, Int64?)) -> Pod.Container {
        `A pod's limits`.container(cpu: cpu, memory: memory)
    }

    /// Source: kubernetes `ResourceConfigForPod`: what is said of the pod goes before its containers' sums.
    @Test func `are its group's, whatever its containers have`() {
        let whole = Pod.Resources(requests: Self.amounts(1000, 1 << 20), limits: Self.amounts(2000, 8 << 20))
        var pod = Self.pod(
            .burstable, whole, Self.container((100, 500), (nil, nil)), Self.container((nil, nil), (nil, nil)))
        pod.overhead = Self.amounts(250, 1 << 20)
        let settings = CgroupSettings(pod, .init())
        #expect(settings["cpu.max"] == "225000 100000" && settings["memory.max"] == "\(9 << 20)")
        #expect(settings["cpu.weight"] == "\(CPUShares(milliCPU: 1250).linearWeight)")

        pod.resources = .init(requests: Self.amounts(1000, nil), limits: Self.amounts(nil, 8 << 20))
        #expect(CgroupSettings(pod, .init())["cpu.max"] == nil, "one container has none, and the pod says nothing")
        pod.qosClass = .bestEffort
        #expect(CgroupSettings(pod, .init())["memory.max"] == nil)
    }

    /// Source: kubernetes `kuberuntime_container_linux.go`, `getCPULimit`, `getMemoryLimit`,
    /// `GetHugepageLimitsFromResources`, `calculateLinuxResources`.
    @Test(
        arguments: [
            ((nil, nil), (nil, nil), "200000 100000", 8 << 20, 2048),
            ((100, nil), (nil, nil), "200000 100000", 8 << 20, 102),
            ((nil, 500), (nil, 1 << 20), "50000 100000", 1 << 20, 512), ((0, 0), (nil, 0), "200000 100000", 8 << 20, 2),
        ] as [((Int64?, Int64?), (Int64?, Int64?), String, Int64, UInt64)])
    func `are those of containers without their own`(
        cpu: (Int64?, Int64?), memory: (Int64?, Int64?), quota: String, most: Int64, shares: UInt64
    ) {
        let container = Self.container(cpu, memory)
        let whole = Pod.Resources(limits: Self.amounts(2000, 8 << 20))
        let settings = CgroupSettings(container, of: Self.pod(.burstable, whole, container), .init())
        #expect(settings["cpu.max"] == quota && settings["memory.max"] == "\(most)")
        #expect(settings["cpu.weight"] == CPUShares(shares).containerWeight.map { "\($0)" })
    }

    @Test func `of huge pages are shared page size by page size`() throws {
        var container = Pod.Container(name: "app", image: "i")
        container.limits.hugePages = ["1Gi": ByteCount(1 << 30)]
        let pages = ["2Mi": ByteCount(8 << 20), "1Gi": ByteCount(2 << 30)]
        let whole = Pod.Resources(requests: .init(hugePages: pages), limits: .init(hugePages: pages))
        let pod = Self.pod(.burstable, whole, container)
        var settings = PodCgroups.Settings()
        settings.hugePageSizes = try [#require(HugePageSize("2Mi")), #require(HugePageSize("1Gi"))]
        let (group, own) = (CgroupSettings(pod, settings), CgroupSettings(container, of: pod, settings))
        #expect(group["hugetlb.2MB.max"] == "\(8 << 20)" && group["hugetlb.1GB.max"] == "\(2 << 30)")
        #expect(own["hugetlb.2MB.max"] == "\(8 << 20)" && own["hugetlb.1GB.max"] == "\(1 << 30)")
        #expect(try MemoryVolume.pageSize("2Mi", of: pod) == ByteCount(2 << 20))
    }

    /// Source: kubernetes `pkg/kubelet/qos/policy.go`: what nobody claims is claimed by all.
    @Test(
        arguments: [
            (nil, [nil, nil], .regular, 999), (400, [nil, nil], .regular, 800), (400, [100, 100], .regular, 800),
            (400, [300, nil], .regular, 650), (401, [nil, nil], .regular, 800), (400, [100, 300], .sidecar, 700),
            (nil, [100, 300], .sidecar, 700),
        ] as [(Int64?, [Int64?], Pod.Container.Role, Int)])
    func `decide who dies first`(request: Int64?, own: [Int64?], role: Pod.Container.Role, score: Int) {
        var containers = own.map { Self.container((nil, nil), ($0, nil)) }
        containers[0].role = role
        var pod = Self.pod(.burstable, .init(requests: Self.amounts(nil, request)), containers[1])
        if role == .sidecar { pod.initContainers = [containers[0]] } else { pod.containers = containers }
        #expect(OOMScore.adjustment(of: containers[0], in: pod, memoryCapacity: 1000) == score)
    }

    @Test(
        arguments: [
            (nil, nil, 1 << 30), (8 << 20, nil, 8 << 20), (8 << 20, 1 << 20, 1 << 20), (8 << 20, 9 << 20, 8 << 20),
            (2 << 30, nil, 1 << 30),
        ] as [(Int64?, Int64?, Int64)])
    func `are what a volume in memory may grow to`(limit: Int64?, own: Int64?, size: Int64) {
        let pod = Self.pod(.burstable, .init(limits: Self.amounts(nil, limit)), Self.container((nil, nil), (nil, nil)))
        var directory = Pod.EmptyDirectory(medium: .memory)
        directory.sizeLimit = own.map(ByteCount.init)
        #expect(MemoryVolume.size(directory, of: pod, nodeMemory: ByteCount(1 << 30)) == ByteCount(size))
    }

    /// Source: kubernetes `defaultPodLimitsForDownwardAPI`.
    @Test(arguments: [
        ("limits.cpu", "3"), ("limits.memory", "8388608"), ("requests.cpu", "0"), ("limits.hugepages-2Mi", "0"),
    ])
    func `are what a container without its own is told`(name: String, text: String) throws {
        let container = Self.container((nil, nil), (nil, 0))
        var whole = Pod.Resources(requests: Self.amounts(1, 1), limits: Self.amounts(2500, 8 << 20))
        whole.limits.hugePages["2Mi"] = ByteCount(2 << 20)
        let facts = DownwardFacts(allocatable: Self.amounts(64_000, 1 << 40))
        let value = Pod.DownwardValue.resource(container: nil, name: name, divisor: .init())
        let pod = Self.pod(.burstable, whole, container)
        #expect(try facts.value(of: value, in: pod, container: container) == text)
    }

    /// Recorded of a kubelet 1.36: 50m become the weight 2, and that 28m.
    @Test(
        arguments: [
            ("2\n", "20000 100000\n", "67108864\n", 28, 200, 64 << 20), ("1\n", "max 100000\n", "max\n", 2, nil, nil),
            ("100\n", "max 100000\n", nil, 2537, nil, nil), (nil, nil, nil, nil, nil, nil),
        ] as [(String?, String?, String?, Int64?, Int64?, Int64?)])
    func `are read back from its group`(
        weight: String?, quota: String?, memory: String?, request: Int64?, limit: Int64?, bytes: Int64?
    ) throws {
        let allocation = try Allocation(weight: weight, quota: quota, memory: memory)
        #expect(allocation.cpuRequest == request.map(MilliCPU.init) && allocation.cpuLimit == limit.map(MilliCPU.init))
        #expect(allocation.memoryLimit == bytes.map(ByteCount.init) && allocation.memoryRequest == nil)
    }
}

@Suite struct `A container's capabilities` {
    @Test(
        arguments: [
            (["ALL"], ["NET_ADMIN"], ["CAP_NET_ADMIN"]), (["ALL"], [], []),
            (["all"], ["cap_chown"], ["CAP_CHOWN"]),
        ] as [([String], [String], [String])])
    func `lose first and gain then`(dropped: [String], added: [String], names: [String]) throws {
        var security = Pod.Container.SecurityContext()
        security.droppedCapabilities = dropped
        security.addedCapabilities = added
        #expect(try security.capabilities.names == names)
    }

    @Test func `are fourteen when nothing is said`() throws {
        #expect(try Pod.Container.SecurityContext().capabilities.names.count == 14)
    }
}
