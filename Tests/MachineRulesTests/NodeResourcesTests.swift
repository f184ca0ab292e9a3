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

@Suite struct `The class of burstable pods` {
    /// Source: facts of kubelet, §5.3: 1 + (shares − 2) × 9999 / 262142 of the sum.
    @Test(
        arguments: [
            ([], 1), ([0], 1), ([1000], 39), ([1000, 1000], 79), ([100, 150], 10), ([.max, .max], 10_000),
            ([300_000], 10_000),
        ] as [([Int64], UInt64)])
    func `weighs what they request together`(requests: [Int64], weight: UInt64) {
        #expect(BurstableRequests.weight(of: requests) == weight)
    }

    @Test func `is weighed anew as pods come and go, and only then`() {
        let requests = BurstableRequests()
        var weights: [UInt64] = []
        let (a, b) = (Pod.ID("a"), Pod.ID("b"))
        requests.change({ $0 = [a: 1000] }) { weights.append($0) }
        requests.change({ $0[b] = 1000 }) { weights.append($0) }
        requests.change({ $0[b] = 1000 }) { weights.append($0) }
        requests.change({ $0[a] = nil }) { weights.append($0) }
        requests.change({ $0[b] = nil }) { weights.append($0) }
        #expect(weights == [39, 79, 39, 1])
    }
}
