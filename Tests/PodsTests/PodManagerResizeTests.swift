import Kubernetes
import Testing

@testable import Pods

@Suite(.timeLimit(.minutes(1))) struct `A node whose pods ask for other amounts` {
    private let clock = TestClock()
    private let sink = FakeSink()

    static func pod(_ name: String, cpu: String, generation: Int64 = 1) -> Pod {
        var (container, resources) = (Kubernetes.Container(), ResourceRequirements())
        resources.requests = Quantity(cpu).map { ["cpu": $0] }
        (container.name, container.image, container.resources) = ("app", "nginx", resources)
        var object = Kubernetes.Pod()
        var (metadata, spec) = (ObjectMeta(), PodSpec())
        (metadata.name, metadata.namespace, metadata.uid) = (name, "default", name)
        metadata.generation = generation
        spec.containers = [container]
        (object.metadata, object.spec) = (metadata, spec)
        return Admission.accept(fromServer: object)
    }

    private func living(
        leftovers: [(Pod, Observed)] = [],
        _ body: @escaping @Sendable (PodManager, FakeRuntime, Asker) async -> Void
    ) async {
        let runtime = FakeRuntime(clock: clock, leftovers: leftovers)
        let environment = PodEnvironment(
            runtime: runtime, sink: sink, allocatable: { ResourceAmounts(cpu: MilliCPU(1000)) }, clock: clock
        ) { [clock] in clock.wall }
        let manager = PodManager(environment: environment, sources: [.api])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            await body(manager, runtime, Asker(manager: manager))
            group.cancelAll()
        }
        #expect(await runtime.broken == [])
    }

    /// Two pods that run and leave nothing of the node.
    private static func fill(_ manager: PodManager, _ runtime: FakeRuntime) async -> (Pod, Pod) {
        let (a, b) = (pod("a", cpu: "400m"), pod("b", cpu: "600m"))
        await manager.replace(source: .api, pods: [a, b])
        for pod in [a, b] { await runtime.until(pod, runs) }
        return (a, b)
    }

    /// Asks what is told of one pod: others tell as well.
    private struct Asker: Sendable {
        let manager: PodManager

        func callAsFunction(_ name: String) async -> PodStatus? { await manager.entry(of: .init(name))?.status }

        func until(_ name: String, _ condition: (PodStatus) -> Bool) async {
            while await !(self(name).map(condition) ?? false) { try? await Task.sleep(for: .milliseconds(1)) }
        }
    }

    private static func runs(_ observed: Observed) -> Bool { observed.containers["app"]?.newest.isRunning == true }

    private static func cpu(_ status: PodStatus?) -> String? {
        status?.containerStatuses?.first?.allocatedResources?["cpu"].map { "\($0)" }
    }

    private static func given(_ cpu: Int64) -> @Sendable (Observed) -> Bool {
        { $0.containers["app"]?.newest.allocation?.cpuRequest == MilliCPU(cpu) }
    }

    private static func summary(_ cpu: String, _ generation: Int, problem: String? = nil) -> String {
        #"{"containers":[{"name":"app","resources":{"requests":{"cpu":"\#(cpu)"}}}],"generation":\#(generation)"#
            + (problem.map { ",\"error\":\"\($0)\"" } ?? "") + "}"
    }

    @Test func `puts off what does not fit, and grants it when another has ended`() async {
        await living { [sink] manager, runtime, status in
            let (a, b) = await Self.fill(manager, runtime)
            let wished = Self.pod("a", cpu: "500m", generation: 2)
            await manager.replace(source: .api, pods: [wished, b])
            await status.until("a") { $0.condition("PodResizePending") != nil }
            let pending = await status("a")?.condition("PodResizePending")
            let problem = "Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000"
            #expect(pending?.reason == "Deferred" && pending?.message == problem && pending?.observedGeneration == 2)
            #expect(await Self.cpu(status("a")) == "400m")
            #expect(await Self.given(400)(runtime.observe(a.id)))
            // What waits takes nobody's place.
            #expect(await runtime.recorded.isEmpty)
            await runtime.exit("app", of: b, code: 0)
            await manager.replace(source: .api, pods: [wished])
            await runtime.until(a, Self.given(500))
            await status.until("a") { Self.cpu($0) == "500m" && $0.condition("PodResizeInProgress") == nil }
            #expect(await runtime.recorded[a.id]?.generation == 2)
            #expect(await status("a")?.condition("PodResizePending") == nil)
            let events = await sink.events.filter { $0.reason.hasPrefix("Resize") }
            #expect(
                events == [
                    .init(
                        .warning, "ResizeDeferred",
                        "Pod resize Deferred: \(Self.summary("500m", 2, problem: problem))"),
                    .init(.normal, "ResizeStarted", "Pod resize started: \(Self.summary("500m", 2))"),
                    .init(.normal, "ResizeCompleted", "Pod resize completed: \(Self.summary("500m", 2))"),
                ])
        }
    }

    @Test func `never grants what the node does not have, and counts what was given`() async {
        await living { [sink] manager, runtime, status in
            let a = Self.pod("a", cpu: "400m")
            await manager.replace(source: .api, pods: [a])
            await runtime.until(a, Self.runs)
            let wished = Self.pod("a", cpu: "1100m", generation: 2)
            await manager.replace(source: .api, pods: [wished])
            await status.until("a") { $0.condition("PodResizePending")?.reason == "Infeasible" }
            let b = Self.pod("b", cpu: "600m")
            await manager.replace(source: .api, pods: [wished, b])
            await runtime.until(b, Self.runs)
            #expect(await Self.cpu(status("a")) == "400m")
            // It thinks better of it.
            await manager.replace(source: .api, pods: [Self.pod("a", cpu: "400m", generation: 3), b])
            await status.until("a") { $0.observedGeneration == 3 && $0.condition("PodResizePending") == nil }
            #expect(await runtime.recorded.isEmpty)
            #expect(await sink.events.filter { $0.reason == "ResizeInfeasible" }.count == 1)
        }
    }

    @Test func `makes room by what another gives up`() async {
        await living { manager, runtime, status in
            let (a, b) = await Self.fill(manager, runtime)
            let more = Self.pod("a", cpu: "700m", generation: 2)
            await manager.replace(source: .api, pods: [more, b])
            await status.until("a") { $0.condition("PodResizePending") != nil }
            await manager.replace(source: .api, pods: [more, Self.pod("b", cpu: "300m", generation: 2)])
            await runtime.until(a, Self.given(700))
            await runtime.until(b, Self.given(300))
        }
    }

    @Test func `goes on from what an agent before it gave`() async {
        let old = Self.pod("a", cpu: "400m")
        var leftover = old
        leftover.recordedAllocation = PodAllocation(old)
        var instance = Observed.Instance(id: "i", startedAt: clock.moment, image: "nginx")
        instance.allocation = Allocation(old.containers[0], in: old)
        let observed = Observed(
            sandbox: .init(id: "s", ips: ["10.88.0.2"]), containers: ["app": .init(instance)], hasLeftovers: true)
        await living(leftovers: [(leftover, observed)]) { manager, runtime, status in
            await manager.replace(source: .api, pods: [Self.pod("a", cpu: "1100m", generation: 2)])
            await status.until("a") { $0.condition("PodResizePending")?.reason == "Infeasible" }
            #expect(await Self.cpu(status("a")) == "400m")
            #expect(await runtime.performed == [])
        }
    }

    @Test func `tells once why what it granted cannot be had`() async {
        await living { [sink] manager, runtime, status in
            let a = Self.pod("a", cpu: "400m")
            await manager.replace(source: .api, pods: [a])
            await runtime.until(a, Self.runs)
            await runtime.fail("app resize", with: .resizeContainer("app", cause: Cause()))
            await manager.replace(source: .api, pods: [Self.pod("a", cpu: "500m", generation: 2)])
            await status.until("a") { $0.condition("PodResizeInProgress")?.reason == "Error" }
            let condition = await status("a")?.condition("PodResizeInProgress")
            #expect(condition?.message == "no room" && condition?.observedGeneration == 2)
            #expect(await Self.cpu(status("a")) == "500m")
            // Other amounts are tried at once.
            await runtime.fail("app resize", with: nil)
            await manager.replace(source: .api, pods: [Self.pod("a", cpu: "600m", generation: 3)])
            await runtime.until(a, Self.given(600))
            await status.until("a") { $0.condition("PodResizeInProgress") == nil && Self.cpu($0) == "600m" }
            let events = await sink.events.filter { $0.reason == "ResizeError" }.map(\.message)
            #expect(events == ["Pod resize error: \(Self.summary("500m", 2, problem: "no room"))"])
        }
    }

    private struct Cause: Error, CustomStringConvertible { let description = "no room" }
}
