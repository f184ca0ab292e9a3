import Cgroups
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `What pods may use together` {
    private let capacity = NodeResources(cpu: MilliCPU(4000), memory: ByteCount(1000), pids: 100)

    @Test func `is what the node has without what is reserved, and limits their group`() throws {
        let limit = try capacity.without([
            NodeResources(cpu: MilliCPU(500), memory: ByteCount(100)),
            NodeResources(memory: ByteCount(50), pids: 10),
        ])
        #expect(limit == NodeResources(cpu: MilliCPU(3500), memory: ByteCount(850), pids: 90))
        let settings = CgroupSettings(limit)
        #expect(settings["memory.max"] == "850" && settings["pids.max"] == "90" && settings["cpu.weight"] == "137")
    }

    @Test func `cannot be less than nothing`() {
        #expect(throws: InvalidNodeAllocatable(resource: "memory", reserved: 1001, capacity: 1000)) {
            try capacity.without([
                NodeResources(memory: ByteCount(1000)), NodeResources(memory: ByteCount(1)),
            ])
        }
    }

    @Test func `does not count memory twice that is kept for huge pages`() throws {
        var capacity = NodeResources(
            cpu: MilliCPU(4000), memory: ByteCount(4 << 30), pids: 100, disk: ByteCount(1 << 40))
        capacity.hugePages = ["2Mi": ByteCount(1 << 30), "1Gi": ByteCount(0)]
        let rest = try capacity.without([NodeResources(memory: ByteCount(1 << 30), disk: ByteCount(1 << 39))])
        let allocatable = rest.allocatable
        #expect(allocatable.memory == ByteCount(2 << 30) && allocatable.disk == ByteCount(1 << 39))
        #expect(allocatable.hugePages == ["2Mi": ByteCount(1 << 30), "1Gi": ByteCount(0)])
        capacity.hugePages["2Mi"] = ByteCount(8 << 30)
        #expect(capacity.allocatable.memory == ByteCount(0))
    }

    @Test func `is known of this machine`() throws {
        let capacity = try NodeResources.capacity(root: "/")
        #expect(capacity.disk > ByteCount(1 << 20))
        #expect(capacity.cpu >= MilliCPU(1000) && capacity.memory > ByteCount(1 << 20) && capacity.pids > 100)
    }
}

@Suite struct `The claims of a node's pods` {
    private static func claim(_ qosClass: Pod.QoSClass, cpu: Int64 = 0, memory: Int64 = 0) -> PodClaim {
        var container = Pod.Container(name: "app", image: "i")
        container.requests = ResourceAmounts(cpu: MilliCPU(cpu), memory: ByteCount(memory))
        var pod = Pod(id: .init("u"), name: "web", containers: [container])
        pod.qosClass = qosClass
        return PodClaim(pod)
    }

    /// Source: facts of kubelet, §5.3: 1 + (shares − 2) × 9999 / 262142 of the sum.
    @Test(
        arguments: [
            ([], 1), ([0], 1), ([1000], 39), ([1000, 1000], 79), ([100, 150], 10), ([.max, .max], 10_000),
            ([300_000], 10_000),
        ] as [([Int64], UInt64)])
    func `give the burstable class its weight`(requests: [Int64], weight: UInt64) {
        #expect(PodClaims.totals(of: requests.map { Self.claim(.burstable, cpu: $0) }).weight == weight)
    }

    @Test func `are summed by class`() {
        let totals = PodClaims.totals(of: [
            Self.claim(.guaranteed, cpu: 1000, memory: 5), Self.claim(.burstable, cpu: 1000, memory: 7),
            Self.claim(.burstable, memory: 11), Self.claim(.bestEffort),
        ])
        #expect(totals == .init(weight: 39, burstableMemory: 18, guaranteedMemory: 5))
    }

    @Test func `are reckoned anew as pods come and go, and only then`() {
        let claims = PodClaims()
        var weights: [[UInt64]] = []
        let (a, b) = (Pod.ID("a"), Pod.ID("b"))
        let one = Self.claim(.burstable, cpu: 1000)
        for change in [
            { $0 = [a: one] }, { $0[b] = one }, { $0[b] = one }, { $0[a] = nil }, { $0[b] = nil },
        ] as [(inout [Pod.ID: PodClaim]) -> Void] {
            claims.change(change) { new, old in weights.append([old.weight, new.weight]) }
        }
        #expect(weights == [[1, 39], [39, 79], [79, 39], [39, 1]])
    }
}
