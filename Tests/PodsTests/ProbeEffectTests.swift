import Kubernetes
import Synchronization
import Testing

@testable import Pods

/// What verdicts do to a pod's plan and status, and a worker to its probes.
@Suite(.timeLimit(.minutes(1))) struct `A pod with probes` {
    typealias Probe = Pod.Container.Probe
    static let clock = TestClock()

    static func pod(_ kinds: [Probe.Kind], grace: Int? = nil, policy: Pod.RestartPolicy = .always) -> Pod {
        var container = Pod.Container(name: "app", image: "x")
        for kind in kinds {
            var probe = Probe(.exec(["true"]))
            probe.terminationGracePeriod = grace.map { .seconds($0) }
            container.probes[kind] = probe
        }
        var pod = Pod(id: .init("u1"), name: "web", containers: [container])
        pod.restartPolicy = policy
        return pod
    }
    static func observed(_ previousEnded: Int? = nil, attempt: Int = 0) -> Observed {
        let previous = previousEnded.map { seconds in
            let moment = Observed.Moment(wall: clock.wall, boot: clock.now.advanced(by: .seconds(-seconds)))
            return Observed.Instance(
                id: "h", state: .exited(.init(code: 1, finishedAt: moment)), startedAt: moment, attempt: attempt,
                image: "x")
        }
        let newest = Observed.Instance(id: "i", startedAt: clock.moment, restartCount: 2, attempt: 1, image: "x")
        return Observed(
            sandbox: .init(id: "s", ips: ["10.88.0.2"]), containers: ["app": .init(newest, previous: previous)],
            hasLeftovers: true)
    }
    static func verdicts(_ kinds: [Probe.Kind: ProbeState.Verdict], of instance: String = "i") -> ProbeVerdicts {
        kinds.reduce(into: ProbeVerdicts()) { $0.note($1.value, $1.key, of: "app", instance) }
    }

    @Test(
        arguments: [
            ([], [:], true, true), ([.readiness], [:], true, false), ([.readiness], [.readiness: .passing], true, true),
            ([.readiness], [.readiness: .failing], true, false), ([.liveness], [:], true, true),
            ([.startup], [:], false, false), ([.startup], [.startup: .passing], true, true),
            ([.startup, .readiness], [.readiness: .passing], false, false),
            ([.startup, .readiness], [.startup: .passing], true, false),
        ] as [([Probe.Kind], [Probe.Kind: ProbeState.Verdict], Bool, Bool)])
    func `is started and ready as they say`(
        kinds: [Probe.Kind], verdicts: [Probe.Kind: ProbeState.Verdict], started: Bool, ready: Bool
    ) {
        func status(_ instance: String) -> PodStatus {
            PodStatus(
                of: .running(Self.pod(kinds)), observed: Self.observed(),
                verdicts: Self.verdicts(verdicts, of: instance), now: Self.clock.wall)
        }
        #expect(status("i").containerStatuses?.first?.started == started)
        #expect(status("i").containerStatuses?.first?.ready == ready)
        #expect(status("i").condition("Ready")?.status == (ready ? "True" : "False"))
        if !verdicts.isEmpty {
            #expect(status("other").containerStatuses?.first?.ready == false, "it was about another instance")
        }
    }

    static let start = PodPlan.Step.start(container: "app", restartCount: 3, attempt: 2)
    static func stop(_ seconds: Int) -> PodPlan.Step {
        .stop(container: "app", instance: "i", grace: .seconds(seconds))
    }

    @Test(
        arguments: [
            (pod([.liveness]), observed(), [.liveness: .failing], [stop(30), start]),
            (pod([.liveness], grace: 5), observed(), [.liveness: .failing], [stop(5), start]),
            (pod([.liveness], grace: 1), observed(), [.liveness: .failing], [stop(2), start]),
            (pod([.liveness], policy: .never), observed(), [.liveness: .failing], [stop(30)]),
            (pod([.liveness], policy: .onFailure), observed(), [.liveness: .failing], [stop(30), start]),
            (pod([.startup]), observed(), [.startup: .failing], [stop(30), start]),
            (pod([.liveness]), observed(5, attempt: 1), [.liveness: .failing], [stop(30)]),
            (pod([.liveness]), observed(11, attempt: 1), [.liveness: .failing], [stop(30), start]),
            (pod([.readiness]), observed(), [.readiness: .failing], []),
            (pod([.liveness]), observed(), [.liveness: .passing], []),
            // The pod no longer has the probe that spoke.
            (pod([]), observed(), [.liveness: .failing], []),
        ] as [(Pod, Observed, [Probe.Kind: ProbeState.Verdict], [PodPlan.Step])])
    func `loses the instance that they condemn`(
        pod: Pod, observed: Observed, verdicts: [Probe.Kind: ProbeState.Verdict], steps: [PodPlan.Step]
    ) {
        func plan(_ instance: String) -> PodPlan {
            PodPlan(
                desired: .running(pod), observed: observed, verdicts: Self.verdicts(verdicts, of: instance),
                now: Self.clock.now)
        }
        #expect(plan("i").steps == steps)
        #expect(plan("i").condemned.isEmpty == steps.isEmpty)
        #expect(plan("h").steps == [])
    }

    @Test func `is restarted by its worker, and ready again`() async {
        let answers = Mutex(true)
        let clock = TestClock()
        let (runtime, sink) = (FakeRuntime(clock: clock), FakeSink())
        let environment = PodEnvironment(
            runtime: runtime, sink: sink, clock: clock,
            ask: { _ in answers.withLock { ProbeAnswer($0 ? .success : .failure, "no") } }, wallClock: { clock.wall })
        let pod = Self.pod([.readiness, .liveness])
        let worker = PodWorker(.running(pod), in: environment)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await worker.run() }
            await sink.until { $0.containerStatuses?.first?.ready == true }
            answers.withLock { $0 = false }
            for _ in 0..<3 {
                await clock.sleepers(2)
                clock.advance(by: .seconds(10))
            }
            await runtime.until(pod) { $0.containers["app"]?.newest.restartCount == 1 }
            answers.withLock { $0 = true }
            await sink.until { $0.containerStatuses?.first?.restartCount == 1 }
            // Whatever sleeps until the new instance's time is woken.
            while await sink.statuses.last?.containerStatuses?.first?.ready != true {
                clock.advance(by: .seconds(1))
                await Task.yield()
            }
            group.cancelAll()
        }
        let events = await sink.events.map { "\($0.reason): \($0.message)" }
        #expect(events.contains("Unhealthy: Liveness probe failed: no"))
        #expect(events.contains("Unhealthy: Readiness probe failed: no"))
        #expect(events.contains("Killing: Container app failed liveness probe, will be restarted"))
    }
}
