import Kubernetes
import Pods
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A pod's worker` {
    let clock = TestClock()
    let runtime: FakeRuntime
    let sink = FakeSink()
    let pod = Pod(
        id: .init("u1"), name: "web", containers: [.init(name: "app", image: "nginx"), .init(name: "side", image: "x")])

    init() { runtime = FakeRuntime(clock: clock) }

    var environment: PodEnvironment {
        PodEnvironment(runtime: runtime, sink: sink, clock: clock) { [clock] in clock.wall }
    }

    func living(_ body: @escaping @Sendable (PodWorker) async -> Void) async {
        let worker = PodWorker(.running(pod), in: environment)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            await body(worker)
            group.cancelAll()
        }
        #expect(await runtime.broken == [])
    }

    @Test func `starts the pod, and ends once it is terminated`() async {
        let worker = PodWorker(.running(pod), in: environment)
        async let life: Void = worker.run()
        await sink.until { $0.phase == "Running" }
        await worker.want(.terminated(pod, .deletion(of: pod)))
        await life
        let steps = await runtime.performed
        #expect(
            steps.prefix(3) == [
                .createSandbox(attempt: 0), .start(container: "app", restartCount: 0, attempt: 0),
                .start(container: "side", restartCount: 0, attempt: 0),
            ])
        #expect(steps.suffix(2) == [.removeSandbox, .removePod])
        #expect(await runtime.machine.isEmpty)
        #expect(await sink.forgotten == [pod.id])
        #expect(await sink.phases == ["Pending", "Running"])
    }

    @Test func `restarts a crashed container when its back-off is over`() async {
        await living { [runtime, sink, clock, pod] worker in
            await sink.until { $0.phase == "Running" }
            await runtime.exit("app", of: pod, code: 3)
            await runtime.until(pod) { $0.containers["app"]?.newest.restartCount == 1 }
            await sink.until {
                $0.state(of: "app")?.running != nil && $0.lastState(of: "app")?.terminated?.exitCode == 3
            }
            await runtime.exit("app", of: pod, code: 3)
            await sink.until { $0.state(of: "app")?.waiting?.reason == "CrashLoopBackOff" }
            await clock.sleepers(1)
            #expect(await runtime.observe(pod.id).containers["app"]?.newest.isRunning == false)
            clock.advance(by: .seconds(10))
            await runtime.until(pod) { $0.containers["app"]?.newest.restartCount == 2 }
            #expect(await runtime.observe(pod.id).containers["side"]?.newest.restartCount == 0)
        }
    }

    @Test func `leaves a plan that another exit has overtaken`() async {
        var pod = Pod(
            id: .init("u2"), name: "all", containers: ["app", "side", "late"].map { .init(name: $0, image: "i") })
        pod.containers[0].restartRules = [.init(.restartAll, codes: [42])]
        await runtime.whenStarted("side", exit: "app", code: 42)
        let worker = PodWorker(.running(pod), in: environment)
        await withTaskGroup(of: Void.self) { [runtime] group in
            group.addTask { await worker.run() }
            await runtime.until(pod) { observed in
                observed.containers["late"] != nil && observed.containers["side"]?.newest.restartCount == 1
            }
            group.cancelAll()
        }
        let steps = await runtime.performed
        guard case .stop(container: "side", _, _, _)? = steps.dropFirst(3).first else {
            return #expect(Bool(false), "\(steps)")
        }
        #expect(
            steps.suffix(from: 4) == [
                .start(container: "app", restartCount: 1, attempt: 1),
                .start(container: "side", restartCount: 1, attempt: 1),
                .start(container: "late", restartCount: 0, attempt: 0),
            ])
        #expect(await runtime.broken == [])
    }

    @Test func `starts the others when one does not start, and tries that again`() async {
        await runtime.fail("app", with: .pullImage("nginx", cause: Cause()))
        await living { [runtime, sink, clock, pod] _ in
            await sink.until {
                $0.state(of: "app")?.waiting?.reason == "ErrImagePull" && $0.state(of: "side")?.running != nil
            }
            await runtime.fail("app", with: nil)
            await clock.sleepers(1)
            clock.advance(by: .seconds(10))
            await runtime.until(pod) { $0.containers["app"]?.newest.isRunning == true }
            await sink.until { $0.phase == "Running" }
        }
    }

    @Test func `lets go of a start that hangs when the pod is deleted`() async {
        await runtime.hang("app")
        let worker = PodWorker(.running(pod), in: environment)
        async let life: Void = worker.run()
        await clock.sleepers(1)
        await worker.want(.terminated(pod, .deletion(of: pod)))
        await life
        #expect(await runtime.machine.isEmpty)
    }

    @Test func `makes a lost sandbox again`() async {
        await living { [runtime, sink, pod] _ in
            await sink.until { $0.phase == "Running" }
            await runtime.loseSandbox(of: pod)
            await runtime.until(pod) {
                $0.sandbox?.attempt == 1 && $0.containers["side"]?.newest.restartCount == 1
                    && $0.containers["side"]?.newest.isRunning == true
            }
        }
    }

    @Test func `leaves the containers running when the agent stops, and the next agent adopts them`() async {
        await living { [sink] _ in await sink.until { $0.phase == "Running" } }
        let steps = await runtime.performed.count
        #expect(await runtime.observe(pod.id).containers["app"]?.newest.isRunning == true)
        await living { [sink] _ in await sink.until { $0.phase == "Running" } }
        #expect(await runtime.performed.count == steps)
    }
}
