import JSONText
import Kubernetes
import Testing

@testable import Pods

@Suite struct `A status's resources` {
    private static let clock = TestClock()

    /// - Parameter enforced: thousandths of a CPU requested, and at most; bytes. Nil: the pod has no group.
    private static func status(
        _ spec: String, enforced: (Int64?, Int64?, Int64?)?, runs: Bool = true, previous: PodStatus? = nil,
        overhead: ResourceAmounts = .init()
    ) throws -> PodStatus {
        var pod = try `A pod from a manifest`.admit(spec)
        pod.overhead = overhead
        var sandbox = Observed.Sandbox(id: "s", ips: ["10.88.0.2"])
        sandbox.allocation = Allocation(wholeOf: pod)
        sandbox.enforced = enforced.map { enforced in
            var allocation = Allocation()
            allocation.cpuRequest = enforced.0.map(MilliCPU.init)
            allocation.cpuLimit = enforced.1.map(MilliCPU.init)
            allocation.memoryLimit = enforced.2.map(ByteCount.init)
            return allocation
        }
        var observed = Observed(sandbox: sandbox, hasLeftovers: true)
        for container in pod.containers where runs {
            var instance = Observed.Instance(id: "\(container.name)1", startedAt: clock.moment, image: "b:1")
            instance.allocation = Allocation(container, in: pod)
            observed.containers[container.name] = .init(instance)
        }
        return PodStatus(of: .running(pod), observed: observed, previous: previous, now: Time())
    }

    private func json(_ status: PodStatus) throws -> JSON {
        var told = PodStatus()
        (told.resources, told.allocatedResources) = (status.resources, status.allocatedResources)
        return try JSONWriter.write(told)
    }

    /// The first three are recorded of a kubelet 1.36; 50m weigh as much as 28m do.
    @Test(
        arguments: [
            (
                "{name: a, image: 'b:1', resources: {limits: {cpu: 200m, memory: 64Mi}, requests: {cpu: 50m, memory: 16Mi}}}",
                "{}", (28, 200, 64 << 20), true,
                #"{"allocatedResources":{"cpu":"50m","memory":"16Mi"},"resources":{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"28m","memory":"16Mi"}}}"#
            ),
            (
                "{name: a, image: 'b:1', resources: {limits: {cpu: 200m, memory: 64Mi}, requests: {cpu: 50m, memory: 16Mi}}}",
                "{}", (28, 200, 64 << 20), false,
                #"{"allocatedResources":{"cpu":"50m","memory":"16Mi"},"resources":{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"50m","memory":"16Mi"}}}"#
            ),
            ("{name: a, image: 'b:1'}", "{}", (2, nil, nil), true, #"{"resources":{}}"#),
            (
                "{name: a, image: 'b:1', resources: {requests: {cpu: 100m}}}",
                "{resources: {limits: {cpu: 1, memory: 1Gi, hugepages-2Mi: 4Mi}, requests: {memory: 512M}}}",
                (99, 1000, 1 << 30), true,
                #"{"allocatedResources":{"cpu":"100m","hugepages-2Mi":"4Mi","memory":"512M"},"resources":{"limits":{"cpu":"1","hugepages-2Mi":"4Mi","memory":"1Gi"},"requests":{"cpu":"99m","hugepages-2Mi":"4Mi","memory":"512M"}}}"#
            ),
        ] as [(String, String, (Int64?, Int64?, Int64?), Bool, String)])
    func `are what the kernel makes of what is asked for`(
        container: String, whole: String, enforced: (Int64?, Int64?, Int64?), runs: Bool, expected: String
    ) throws {
        let more = whole == "{}" ? "" : "  " + whole.dropFirst().dropLast() + "\n"
        let status = try Self.status("\(more)  containers: [\(container)]\n", enforced: enforced, runs: runs)
        #expect(try json(status) == JSON(parsing: expected))
    }

    @Test func `have the runtime's part in them, and stay while there is no group to ask`() throws {
        let spec = "  resources: {limits: {cpu: 1}}\n  containers: [{name: a, image: 'b:1'}]\n"
        let status = try Self.status(spec, enforced: (1250, 1250, nil), overhead: .init(cpu: MilliCPU(250)))
        #expect(status.allocatedResources == ["cpu": Quantity(milli: 1250)])
        #expect(status.resources?.limits == ["cpu": Quantity(milli: 1250)])
        #expect(try Self.status(spec, enforced: nil, previous: status).resources == status.resources)
    }

    /// Source: kubernetes `convertToAPIPodLevelResourcesStatus`, which has nothing to read a request for memory off.
    @Test(arguments: [("  resources: {requests: {memory: MEMORY}}\n", "16Mi"), ("", "32Mi")])
    func `keep the request for memory that was told first of the pod as a whole`(whole: String, told: String) throws {
        func status(_ memory: String, previous: PodStatus? = nil) throws -> PodStatus {
            let container = "{name: a, image: 'b:1', resources: {requests: {memory: \(memory)}}}"
            return try Self.status(
                whole.replacing("MEMORY", with: memory) + "  containers: [\(container)]\n", enforced: (2, nil, nil),
                previous: previous)
        }
        let after = try status("32Mi", previous: try status("16Mi"))
        #expect(after.resources?.requests?["memory"].map { "\($0)" } == told)
        #expect(after.allocatedResources?["memory"].map { "\($0)" } == "32Mi")
    }

    /// A container that has no limit of its own shows that of its pod only beside another.
    @Test(arguments: [
        ("{}", "{}"),
        ("{requests: {memory: 1Mi}}", #"{"requests":{"cpu":"2","memory":"1Mi"}}"#),
        (
            "{limits: {cpu: 500m}}",
            #"{"limits":{"cpu":"500m","memory":"1Gi"},"requests":{"cpu":"500m"}}"#
        ),
    ])
    func `of a container are its own`(resources: String, expected: String) throws {
        let status = try Self.status(
            """
              resources: {limits: {cpu: 2, memory: 1Gi}}
              containers: [{name: a, image: 'b:1', resources: \(resources)}]

            """, enforced: (2000, 2000, 1 << 30))
        let found = try #require(status.containerStatuses?.first?.resources)
        #expect(try JSONWriter.write(found) == JSON(parsing: expected))
    }
}
