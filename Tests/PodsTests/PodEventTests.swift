import Kubernetes
import Pods
import Testing

/// Source of the words: facts of kubelet, §10.7.
@Suite(.timeLimit(.minutes(1))) struct `What happens to a pod` {
    let clock = TestClock()
    let runtime: FakeRuntime
    let sink = FakeSink()
    let pod = Pod(id: .init("u1"), name: "web", containers: [.init(name: "app", image: "nginx")])

    init() { runtime = FakeRuntime(clock: clock) }

    func worker() -> PodWorker {
        PodWorker(
            .running(pod), in: PodEnvironment(runtime: runtime, sink: sink, clock: clock) { [clock] in clock.wall })
    }

    func living(_ body: @escaping @Sendable (PodWorker) async -> Void) async {
        let worker = worker()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            await body(worker)
            group.cancelAll()
        }
    }

    private struct Cause: Error, CustomStringConvertible { let description = "no such host" }

    @Test func `from start to end is told in the kubelet's words`() async {
        let worker = worker()
        async let life: Void = worker.run()
        await sink.until { $0.phase == "Running" }
        await worker.want(.terminated(pod, .deletion(of: pod)))
        await life
        #expect(
            await sink.events == [
                .init(.normal, "Started", "Container started", container: "app"),
                .init(.normal, "Killing", "Stopping container app", container: "app"),
            ])
    }

    @Test func `when a container's image changes is no end of the pod`() async {
        var changed = pod
        changed.containers[0].image = "nginx:2"
        await living { [sink, runtime, changed] worker in
            await sink.until { $0.phase == "Running" }
            await worker.want(.running(changed))
            await runtime.until(changed) { $0.containers["app"]?.newest.image == "nginx:2" }
            let killing = await sink.events.first { $0.reason == "Killing" }
            #expect(killing?.message == "Container app definition changed, will be restarted")
        }
    }

    @Test func `when its sandbox is lost is told first`() async {
        await living { [sink, runtime, pod] _ in
            await sink.until { $0.phase == "Running" }
            await runtime.loseSandbox(of: pod)
            await runtime.until(pod) { $0.sandbox?.attempt == 1 && $0.containers["app"]?.newest.isRunning == true }
            let changed = await sink.events.first { $0.reason == "SandboxChanged" }
            #expect(changed?.message == "Pod sandbox changed, it will be killed and re-created.")
        }
    }

    @Test(
        arguments: [
            (
                PodError.pullImage("nginx", cause: Cause()),
                ["Failed: Failed to pull image \"nginx\": no such host", "Failed: Error: ErrImagePull"]
            ),
            (
                .imageNeverPull("nginx"),
                [
                    "ErrImageNeverPull: Container image \"nginx\" is not present with pull policy of Never",
                    "Failed: Error: ErrImageNeverPull",
                ]
            ),
            (
                .invalidImageName("Nginx", cause: Cause()),
                [
                    "InspectFailed: Failed to apply default image tag \"Nginx\": no such host",
                    "Failed: Error: InvalidImageName",
                ]
            ),
            (.runContainer("app", cause: Cause()), ["Failed: Error: no such host"]),
        ] as [(PodError, [String])])
    func `when a container does not start says why`(error: PodError, expected: [String]) async {
        await runtime.fail("app", with: error)
        await living { [sink] _ in
            await sink.until { $0.state(of: "app")?.waiting?.reason == error.reason }
            let events = await sink.events
            #expect(events.map { "\($0.reason): \($0.message)" } == expected)
            #expect(events.allSatisfy { $0.kind == .warning && $0.container == "app" })
        }
    }

    @Test func `when there is no sandbox says why`() async {
        await runtime.fail("sandbox", with: .createSandbox(cause: Cause()))
        await living { [sink] _ in
            await sink.until { $0.state(of: "app")?.waiting?.message?.isEmpty == false }
            let event = await sink.events.first
            #expect(
                event == .init(.warning, "FailedCreatePodSandBox", "Failed to create pod sandbox: no such host"))
        }
    }
}
