import Kubernetes
import Pods
import Testing

@testable import struct Pods.NodePolicy

@Suite struct `A node's limits` {
    @Test(arguments: [(110, 0, 4, 110), (110, 10, 4, 40), (30, 10, 4, 30), (0, 10, 4, 0)])
    func `reckon with cores where that is asked for`(maximum: Int, perCore: Int, cores: Int, pods: Int) {
        #expect(NodePolicy.maxPods(maximum, podsPerCore: perCore, cores: cores) == pods)
    }
}

@Suite struct `Groups of a shutdown` {
    private let groups = ShutdownGroup.groups(.init(total: .seconds(30), critical: .seconds(10)))

    @Test func `share the time, critical pods last`() {
        #expect(groups.map(\.grace) == [.seconds(20), .seconds(10)])
        #expect(groups.map(\.priority) == [0, 2_000_000_000])
    }

    @Test(arguments: [
        (Int32(-5), 0), (0, 0), (1000, 0), (1_999_999_999, 0), (2_000_000_000, 1), (2_000_001_000, 1),
    ])
    func `take pods by priority`(priority: Int32, group: Int) {
        #expect(groups.map { $0.takes(priority: priority, among: groups) } == [group == 0, group == 1])
    }

    @Test(arguments: [(20, 30, 20), (20, 5, 5)])
    func `give no pod longer than it asks for`(group: Int, pod: Int, grace: Int) {
        var web = Pod(id: .init("1"), name: "web")
        web.terminationGracePeriod = .seconds(pod)
        let end = Termination.shutdown(of: web, within: .seconds(group))
        #expect(end.grace == .seconds(grace))
        #expect(end.reason == "Terminated" && !end.removesEverything)
        #expect(end.message == "Pod was terminated in response to imminent node shutdown.")
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A node that is full or goes down` {
    let clock = TestClock()
    let sink = FakeSink()

    private static func pod(_ name: String, priority: Int32 = 0, policy: Pod.RestartPolicy = .always) -> Pod {
        var pod = Pod(id: .init(name), name: name, source: .api, containers: [.init(name: "app", image: "nginx")])
        pod.priority = priority
        pod.restartPolicy = policy
        return pod
    }

    private func living(
        maxPods: Int, leftovers: [(Pod, Observed)] = [],
        _ body: @escaping @Sendable (PodManager, FakeRuntime) async -> Void
    ) async {
        let runtime = FakeRuntime(clock: clock, leftovers: leftovers)
        var policy = NodePolicy()
        policy.maxPods = maxPods
        let environment = PodEnvironment(runtime: runtime, sink: sink, policy: Live(policy), clock: clock) {
            [clock] in clock.wall
        }
        let manager = PodManager(environment: environment, sources: [.file])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            await body(manager, runtime)
            group.cancelAll()
        }
        #expect(await runtime.broken == [])
    }

    private static func runs(_ observed: Observed) -> Bool { observed.containers["app"]?.newest.isRunning == true }

    private static func status(_ name: String, _ manager: PodManager) async -> PodStatus? {
        while true {
            if let status = await manager.list().first(where: { $0.pod.name == name })?.status { return status }
            await Task.yield()
        }
    }

    @Test func `refuses what is too much, and says so`() async {
        await living(maxPods: 1) { manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("a"), Self.pod("b")])
            await runtime.until(Self.pod("a"), Self.runs)
            let status = await Self.status("b", manager)
            #expect(status?.phase == "Failed" && status?.reason == "OutOfpods")
            #expect(
                status?.message
                    == "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1")
            #expect(await !Self.runs(runtime.observe(.init("b"))))
        }
    }

    @Test func `gives the place of one that is done or refused to another`() async {
        await living(maxPods: 1) { manager, runtime in
            let job = Self.pod("job", policy: .never)
            await manager.replace(source: .file, pods: [job, Self.pod("refused")])
            await runtime.until(job, Self.runs)
            _ = await Self.status("refused", manager)
            await runtime.exit("app", of: job, code: 0)
            while await Self.status("job", manager)?.phase != "Succeeded" { await Task.yield() }
            await manager.replace(source: .file, pods: [job, Self.pod("refused"), Self.pod("next")])
            await runtime.until(Self.pod("next"), Self.runs)
            #expect(await Self.status("refused", manager)?.reason == "OutOfpods", "what is refused stays so")
        }
    }

    @Test func `ends a pod for a critical one, which waits until it is gone`() async {
        await living(maxPods: 1) { manager, runtime in
            let (web, system) = (Self.pod("web"), Self.pod("system", priority: 2_000_001_000))
            await manager.replace(source: .file, pods: [web])
            await runtime.until(web, Self.runs)
            await manager.replace(source: .file, pods: [web, system, Self.pod("late")])
            await runtime.until(web) { !Self.runs($0) }
            #expect(await !Self.runs(runtime.observe(system.id)))
            while await !Self.runs(runtime.observe(system.id)) {
                clock.advance(by: .milliseconds(100))
                await Task.yield()
            }
            let status = await Self.status("web", manager)
            #expect(status?.phase == "Failed" && status?.reason == "Preempting")
            #expect(status?.message == "Preempted in order to admit critical pod")
            let condition = status?.condition("DisruptionTarget")
            #expect(condition?.status == "True" && condition?.reason == "TerminationByKubelet")
            #expect(condition?.message == "Pod was preempted by Kubelet to accommodate a critical pod.")
            #expect(await Self.status("late", manager)?.reason == "OutOfpods", "the place is the critical one's")
        }
    }

    @Test func `keeps what ran before what is new`() async {
        let observed = Observed(sandbox: nil, containers: [:], hasLeftovers: true)
        await living(maxPods: 1, leftovers: [(Self.pod("z"), observed)]) { manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("a"), Self.pod("z")])
            await runtime.until(Self.pod("z"), Self.runs)
            #expect(await Self.status("a", manager)?.reason == "OutOfpods")
        }
    }

    @Test func `keeps the more important of those that ran`() async {
        let observed = Observed(sandbox: nil, containers: [:], hasLeftovers: true)
        let (web, system) = (Self.pod("web"), Self.pod("system", priority: 2_000_001_000))
        await living(maxPods: 1, leftovers: [(web, observed), (system, observed)]) { manager, runtime in
            await manager.replace(source: .file, pods: [web, system])
            await runtime.until(system, Self.runs)
            #expect(await Self.status("web", manager)?.reason == "OutOfpods")
        }
    }

    @Test func `ends its pods for a shutdown, the critical ones last, and takes no more`() async {
        await living(maxPods: 10) { manager, runtime in
            let pods = [Self.pod("system", priority: 2_000_001_000), Self.pod("web")]
            await manager.replace(source: .file, pods: pods)
            for pod in pods { await runtime.until(pod, Self.runs) }
            async let ended: Void = manager.shutDown(within: .init(total: .seconds(30), critical: .seconds(10)))
            // The wait for a group is on this clock, which the test moves on.
            await runtime.until(Self.pod("web")) { !Self.runs($0) && $0.sandbox == nil }
            while await !runtime.performed.isEmpty, await Self.runs(runtime.observe(.init("system"))) {
                clock.advance(by: .milliseconds(100))
                await Task.yield()
            }
            for _ in 0..<1000 {
                clock.advance(by: .milliseconds(100))
                await Task.yield()
            }
            await ended
            for name in ["web", "system"] {
                let status = await Self.status(name, manager)
                #expect(status?.phase == "Failed" && status?.reason == "Terminated", "\(name)")
            }
            await manager.replace(source: .file, pods: pods + [Self.pod("new")])
            #expect(await Self.status("new", manager)?.reason == "NodeShutdown")
        }
    }
}
