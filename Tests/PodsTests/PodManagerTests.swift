import Kubernetes
import Pods
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The pod manager` {
    let clock = TestClock()
    let sink = FakeSink()
    static func pod(_ uid: String, _ name: String = "web", image: String = "nginx") -> Pod {
        Pod(id: .init(uid), name: name, containers: [.init(name: "app", image: image)])
    }

    func living(
        _ sources: Set<PodSource> = [.file], leftovers: [(Pod, Observed)] = [],
        _ body: @escaping @Sendable (PodManager, FakeRuntime) async -> Void
    ) async {
        let runtime = FakeRuntime(clock: clock, leftovers: leftovers)
        let environment = PodEnvironment(runtime: runtime, sink: sink, clock: clock) { [clock] in clock.wall }
        let manager = PodManager(environment: environment, sources: sources)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            await body(manager, runtime)
            group.cancelAll()
        }
        #expect(await runtime.broken == [])
    }

    static func runs(_ observed: Observed) -> Bool { observed.containers["app"]?.newest.isRunning == true }

    @Test func `starts what a source has and removes what it no longer has`() async {
        await living { [sink] manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("1"), Self.pod("2", "db")])
            await runtime.until(Self.pod("1"), Self.runs)
            await runtime.until(Self.pod("2"), Self.runs)
            await manager.replace(source: .file, pods: [Self.pod("2", "db")])
            await sink.untilForgotten(Self.pod("1"))
            #expect(await manager.list().map(\.pod.name).contains("db"))
            #expect(await Self.runs(runtime.observe(.init("2"))))
        }
    }

    @Test func `starts a changed manifest when nothing is left of the old pod`() async {
        await living { [sink] manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("1")])
            await runtime.until(Self.pod("1"), Self.runs)
            await manager.replace(source: .file, pods: [Self.pod("2")])
            await runtime.until(Self.pod("2"), Self.runs)
            #expect(await sink.forgotten == [Pod.ID("1")])
        }
    }

    @Test func `says of a pod of the cluster that waits for its name that it is pending`() async {
        await living([.api]) { [sink] manager, runtime in
            var (old, new) = (Self.pod("1"), Self.pod("2", image: "nginx:new"))
            (old.source, new.source) = (.api, .api)
            await manager.replace(source: .api, pods: [old])
            await runtime.until(old, Self.runs)
            await runtime.keepRunning("app")
            await manager.replace(source: .api, pods: [new])
            await sink.until { $0.containerStatuses?.first?.image == "nginx:new" }
            let status = await sink.statuses.last
            #expect(status?.phase == "Pending")
            #expect(status?.state(of: "app")?.waiting?.reason == "ContainerCreating")
            #expect(status?.condition("PodScheduled")?.status == "True")
            #expect(status?.condition("Ready")?.status == "False")
            let count = await sink.statuses.count
            await manager.replace(source: .api, pods: [new])
            #expect(await sink.statuses.count { $0.containerStatuses?.first?.image == "nginx:new" } == 1, "of \(count)")
            // It goes as it came: nothing of it is left to tell.
            await manager.replace(source: .api, pods: [])
            await sink.untilForgotten(new)
        }
    }

    @Test func `runs a pod again that was removed and came back`() async {
        await living { manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("1")])
            await runtime.until(Self.pod("1"), Self.runs)
            await manager.replace(source: .file, pods: [])
            await manager.replace(source: .file, pods: [Self.pod("1")])
            await runtime.until(Self.pod("1")) { !Self.runs($0) }
            await runtime.until(Self.pod("1"), Self.runs)
        }
    }

    @Test func `is not disturbed by a pod that is only read again`() async {
        await living { [sink] manager, runtime in
            var pod = Self.pod("1")
            pod.annotations = ["kubernetes.io/config.seen": "first"]
            await manager.replace(source: .file, pods: [pod])
            await sink.until { $0.phase == "Running" }
            pod.annotations = ["kubernetes.io/config.seen": "later"]
            await manager.replace(source: .file, pods: [pod])
            #expect(await manager.list().first?.pod.annotations == ["kubernetes.io/config.seen": "first"])
            #expect(await runtime.performed.count == 2)
        }
    }

    @Test func `leaves out the second of two with one name`() async {
        await living { manager, runtime in
            let doubled = await manager.replace(source: .file, pods: [Self.pod("1"), Self.pod("2")])
            #expect(doubled.map(\.id.rawValue) == ["2"])
            await runtime.until(Self.pod("1"), Self.runs)
            #expect(await manager.list().count == 1)
        }
    }

    @Test func `removes an earlier agent's pods only when every source has spoken`() async {
        let old = Observed(
            sandbox: .init(id: "s", ips: ["10.88.0.2"]),
            containers: [
                "app": .init(.init(id: "i", startedAt: clock.moment, image: "nginx"))
            ], hasLeftovers: true)
        await living([.file, .http], leftovers: [(Self.pod("old", "gone"), old), (Self.pod("1"), old)]) {
            [sink] manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("1")])
            await sink.until { $0.phase == "Running" }
            #expect(await runtime.performed == [])
            #expect(await Self.runs(runtime.observe(.init("old"))))
            await manager.replace(source: .http, pods: [])
            await sink.untilForgotten(Self.pod("old"))
            #expect(await Self.runs(runtime.observe(.init("1"))))
        }
    }

    @Test func `removes an earlier agent's pod at once when a new one needs its name`() async {
        let old = Observed(sandbox: .init(id: "s", ips: ["10.88.0.2"]), hasLeftovers: true)
        await living([.file, .http], leftovers: [(Self.pod("old"), old)]) { manager, runtime in
            await manager.replace(source: .file, pods: [Self.pod("new")])
            await runtime.until(Self.pod("new"), Self.runs)
            #expect(await runtime.machine[.init("old")] == nil)
        }
    }
}
