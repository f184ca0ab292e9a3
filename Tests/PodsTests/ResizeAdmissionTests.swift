import Kubernetes
import Testing

@testable import Pods

@Suite struct `Other amounts for a pod that is here` {
    static func pod(
        _ name: String, cpu: Int64 = 0, memory: Int64 = 0, priority: Int32 = 0, qos: Pod.QoSClass = .burstable,
        restarts: Set<String> = []
    ) -> Pod {
        var container = Pod.Container(name: "app", image: "nginx")
        container.requests = ResourceAmounts(cpu: MilliCPU(cpu), memory: ByteCount(memory))
        container.restartsToResize = restarts
        var pod = Pod(id: .init(name), name: name, source: .api, containers: [container])
        (pod.priority, pod.qosClass) = (priority, qos)
        return pod
    }

    private func verdict(
        from given: Pod, to wished: Pod, beside others: [Pod] = [pod("other", cpu: 1500, memory: 600)],
        swaps: Bool = false
    ) -> NodeAdmission.ResizeVerdict {
        NodeAdmission(
            active: others, policy: NodePolicy(),
            allocatable: ResourceAmounts(cpu: MilliCPU(2000), memory: ByteCount(1000)), isShuttingDown: false
        ).verdict(on: Resize(given: given, wished: wished)) { _, _ in swaps }
    }

    private static let capacity = "Node didn't have enough capacity: "
    private static let resource = "Node didn't have enough resource: "

    @Test(
        arguments: [
            (pod("a", cpu: 500, memory: 400), nil), (pod("a", cpu: 100), nil),
            (pod("a", cpu: 501), .init(.deferred, resource + "cpu, requested: 501, used: 1500, capacity: 2000")),
            (
                pod("a", memory: 1000),
                .init(.deferred, resource + "memory, requested: 1000, used: 600, capacity: 1000")
            ),
            (pod("a", cpu: 2001), .init(.infeasible, capacity + "cpu, requested: 2001, capacity: 2000")),
            (
                pod("a", cpu: 2001, memory: 1001),
                .init(.infeasible, capacity + "memory, requested: 1001, capacity: 1000")
            ),
            (
                pod("a", cpu: 100, qos: .guaranteed),
                .init(.infeasible, "Pod QOS Class may not change as a result of resizing")
            ),
        ] as [(Pod, PendingResize?)])
    func `are granted beside the others, put off, or refused for good`(wished: Pod, pending: PendingResize?) {
        #expect(verdict(from: Self.pod("a", cpu: 200), to: wished) == pending.map { .pending($0) } ?? .granted)
    }

    @Test(
        arguments: [
            (true, 200, [], false), (true, 100, [], true), (true, 200, ["memory"], true), (false, 200, [], true),
        ]
            as [(Bool, Int64, Set<String>, Bool)])
    func `of memory are not for what is swapped, but by a restart`(
        swaps: Bool, memory: Int64, restarts: Set<String>, isGranted: Bool
    ) {
        let given = Self.pod("a", cpu: 10, memory: 100, restarts: restarts)
        let verdict = verdict(
            from: given, to: Self.pod("a", cpu: 20, memory: memory, restarts: restarts), swaps: swaps)
        let refusal = PendingResize(.infeasible, "In-place resize of containers with swap is not supported.")
        #expect(verdict == (isGranted ? .granted : .pending(refusal)))
    }

    @Test func `of a critical pod end others first`() {
        let message = Self.resource + "cpu, requested: 600, used: 1500, capacity: 2000"
        #expect(
            verdict(from: Self.pod("a", cpu: 200), to: Self.pod("a", cpu: 600, priority: 2_000_000_000))
                == .pending(.init(.deferred, message), preempting: [.init("other")], for: "cpu"))
    }

    @Test func `are judged in the kubelet's order`() {
        let now = TestClock().now
        func waiting(_ name: String, from cpu: Int64 = 1, _ priority: Int32 = 0, _ qos: Pod.QoSClass = .burstable)
            -> Resize
        {
            Resize(given: Self.pod(name, cpu: cpu), wished: Self.pod(name, cpu: 2, priority: priority, qos: qos))
        }
        let inOrder: [(Resize, Instant?)] = [
            (waiting("less", from: 3), nil), (waiting("important", 5), nil),
            (waiting("guaranteed", 0, .guaranteed), nil), (waiting("long"), now),
            (waiting("short"), now.advanced(by: .seconds(1))), (waiting("new"), nil),
        ]
        let sorted = inOrder.reversed().map { WaitingResize(resize: $0.0, since: $0.1) }
            .sorted(by: WaitingResize.comesBefore)
        #expect(sorted.map(\.resize.wished.name) == inOrder.map(\.0.wished.name))
    }

    @Test func `count for the end of others as what is said of these as a whole`() throws {
        var whole = Self.pod("whole", cpu: 500, memory: 500)
        whole.resources = .init(requests: ResourceAmounts(cpu: MilliCPU(800)))
        let plain = Self.pod("plain", memory: 300)
        let preemption = Preemption(for: Self.pod("critical", priority: 2_000_000_000), among: [whole, plain])
        let shortage = Shortage(resource: "memory", requested: 300, used: 1000, capacity: 1000)
        #expect(try preemption.victims(for: [shortage]) == [plain.id])
        let more = Shortage(resource: "memory", requested: 301, used: 1000, capacity: 1000)
        #expect(throws: Preemption.Impossible.self) { try preemption.victims(for: [more]) }
    }
}
