import Kubernetes
import Testing

@testable import Pods

/// Whose turn it is, who ends before whom, and what the API is told meanwhile. Source: facts of kubelet, §3.4–§3.6.
@Suite struct `What precedes and accompanies a pod's containers` {
    static let clock = TestClock()
    static let now = clock.moment
    static let sandbox = Observed.Sandbox(id: "s", ips: ["10.88.0.2"])

    static func container(_ name: String, _ role: Pod.Container.Role = .regular) -> Pod.Container {
        var container = Pod.Container(name: name, image: "i")
        container.role = role
        return container
    }

    /// `i` runs to its end, `s` stays, then comes `app`.
    static func pod(_ policy: Pod.RestartPolicy = .always) -> Pod {
        var pod = Pod(id: .init("u"), name: "web", containers: [container("app")])
        pod.initContainers = [container("i", .initial), container("s", .sidecar), container("j", .initial)]
        pod.restartPolicy = policy
        return pod
    }

    enum State { case runs, awaits, ended(Int32), endedElsewhere(Int32) }

    static func observed(_ states: [String: State], sandbox: Observed.Sandbox? = sandbox) -> Observed {
        var observed = Observed(sandbox: sandbox, hasLeftovers: true)
        for (name, state) in states {
            var instance = Observed.Instance(id: "\(name)1", startedAt: now, image: "i")
            instance.sandbox = "s"
            switch state {
            case .runs: break
            case .awaits: instance.awaitsPostStart = true
            case .ended(let code): instance.state = .exited(.init(code: code, finishedAt: now))
            case .endedElsewhere(let code):
                instance.state = .exited(.init(code: code, finishedAt: now))
                instance.sandbox = "before"
            }
            observed.containers[name] = .init(instance)
        }
        return observed
    }

    static func plan(_ pod: Pod, _ observed: Observed) -> PodPlan {
        PodPlan(desired: .running(pod), observed: observed, now: now.boot)
    }

    static func start(_ name: String, restarts: Int = 0, attempt: Int = 0) -> PodPlan.Step {
        .start(container: name, restartCount: restarts, attempt: attempt)
    }

    @Test(
        arguments: [
            ([:], [start("i")]),
            (["i": .runs], []),
            (["i": .ended(0)], [start("s")]),
            (["i": .ended(1)], [start("i", restarts: 1, attempt: 1)]),
            (["i": .endedElsewhere(0)], [start("i", restarts: 1)]),
            (["i": .ended(0), "s": .awaits], [.postStart(container: "s")]),
            (["i": .ended(0), "s": .runs], [start("j")]),
            (["i": .ended(0), "s": .ended(0)], [start("s", restarts: 1, attempt: 1)]),
            (["i": .ended(0), "s": .ended(0), "j": .runs], [start("s", restarts: 1, attempt: 1)]),
            (["i": .ended(0), "s": .runs, "j": .ended(0)], [start("app")]),
            (["i": .ended(0), "s": .runs, "j": .ended(0), "app": .runs], []),
            (["i": .ended(0), "s": .ended(3), "j": .ended(0), "app": .runs], [start("s", restarts: 1, attempt: 1)]),
        ] as [([String: State], [PodPlan.Step])])
    func `come in order`(states: [String: State], steps: [PodPlan.Step]) {
        #expect(Self.plan(Self.pod(), Self.observed(states)).steps == steps)
    }

    @Test func `end a pod for good where its policy gives them no second try`() {
        let failed = Self.observed(["i": .ended(0), "s": .runs, "j": .ended(2)])
        #expect(
            Self.plan(Self.pod(.never), failed).steps == [
                .stop(container: "s", instance: "s1", grace: .seconds(30)), .removeSandbox,
            ])
        let still = PodStatus(of: .running(Self.pod(.never)), observed: failed, now: Time())
        #expect(still.phase == "Pending", "its sidecar runs")
        let over = Self.observed(["i": .ended(0), "s": .ended(0), "j": .ended(2)])
        #expect(
            PodStatus(of: .running(Self.pod(.never)), observed: over, previous: still, now: Time()).phase == "Failed")
        #expect(Self.plan(Self.pod(.never), Self.observed(["j": .ended(2)], sandbox: nil)).steps == [])
        #expect(PodStatus(of: .running(Self.pod(.onFailure)), observed: failed, now: Time()).phase == "Pending")
    }

    @Test func `sidecars go with the pod's last container, and after all others when it is ended`() {
        let done = Self.observed(["i": .ended(0), "s": .runs, "j": .ended(0), "app": .ended(0)])
        #expect(
            Self.plan(Self.pod(.never), done).steps == [
                .stop(container: "s", instance: "s1", grace: .seconds(30)), .removeSandbox,
            ])
        var pod = Self.pod()
        pod.initContainers.append(Self.container("t", .sidecar))
        let running = Self.observed(["s": .runs, "t": .runs, "app": .runs])
        let plan = PodPlan(desired: .terminated(pod, .deletion(of: pod)), observed: running, now: Self.now.boot)
        #expect(
            plan.steps == [
                .stop(container: "app", instance: "app1", grace: .seconds(30)),
                .stop(container: "t", instance: "t1", grace: .seconds(30), after: ["app1"]),
                .stop(container: "s", instance: "s1", grace: .seconds(30), after: ["app1", "t1"]),
            ])
    }

    @Test(
        arguments: [
            ([:], "Pending", "containers with incomplete status: [i s j]"),
            (["i": .ended(0)], "Pending", "containers with incomplete status: [s j]"),
            (["i": .ended(0), "s": .runs], "Pending", "containers with incomplete status: [j]"),
            (["i": .ended(0), "s": .awaits], "Pending", "containers with incomplete status: [s j]"),
            (["i": .ended(0), "s": .runs, "j": .ended(0)], "Pending", nil),
            (["i": .ended(0), "s": .runs, "j": .ended(0), "app": .awaits], "Pending", nil),
            (["i": .ended(0), "s": .runs, "j": .ended(0), "app": .runs], "Running", nil),
            (["i": .ended(0), "s": .ended(1), "j": .ended(0), "app": .runs], "Running", nil),
        ] as [([String: State], String, String?)])
    func `show in phase and condition`(states: [String: State], phase: String, incomplete: String?) {
        let status = PodStatus(of: .running(Self.pod()), observed: Self.observed(states), now: Time())
        #expect(status.phase == phase)
        #expect(status.condition("Initialized")?.message == incomplete)
        #expect(status.condition("Initialized")?.status == (incomplete == nil ? "True" : "False"))
        #expect(status.initContainerStatuses?.map(\.name) == ["i", "s", "j"])
        if states.isEmpty { #expect(status.state(of: "app")?.waiting?.reason == "PodInitializing") }
    }

    @Test(
        arguments: [
            (nil, [], 1, true), (.never, [], 1, false), (.onFailure, [], 0, false), (.always, [], 0, true),
            (.never, [.init(.restart, codes: [42])], 42, true), (.never, [.init(.restart, codes: [42])], 1, false),
            (.never, [.init(.restart, codes: [42], isInverted: true)], 1, true),
            (.always, [.init(.restart, codes: [42])], 1, true),
        ] as [(Pod.RestartPolicy?, [Pod.Container.RestartRule], Int32, Bool)])
    func `are judged by their rules, then their policy, then the pod's`(
        policy: Pod.RestartPolicy?, rules: [Pod.Container.RestartRule], code: Int32, restarts: Bool
    ) {
        var container = Self.container("app")
        container.restartPolicy = policy
        container.restartRules = rules
        #expect(Self.pod().restarts(container, after: .init(code: code, finishedAt: Self.now)) == restarts)
    }

    @Test func `all start anew where a rule says so`() {
        var pod = Pod(id: .init("u"), name: "web", containers: [Self.container("app"), Self.container("b")])
        pod.initContainers = [Self.container("i", .initial)]
        pod.restartPolicy = .never
        pod.containers[0].restartRules = [.init(.restartAll, codes: [7])]
        let first = Self.observed(["i": .ended(0), "app": .ended(7), "b": .runs])
        #expect(Self.plan(pod, first).steps == [.stop(container: "b", instance: "b1", grace: .zero)])
        let second = Self.observed(["i": .ended(0), "app": .ended(7), "b": .ended(143)])
        #expect(Self.plan(pod, second).steps == [Self.start("i", restarts: 1, attempt: 1)])
        let status = PodStatus(of: .running(pod), observed: second, now: Time())
        #expect(status.condition("AllContainersRestarting")?.reason == "RestartAllContainersStarted")
        #expect(status.phase != "Failed")
    }

    @Test func `other amounts reach a running container, once`() {
        var pod = Pod(id: .init("u"), name: "web", containers: [Self.container("app")])
        var observed = Self.observed(["app": .runs])
        observed.containers["app"]?.newest.allocation = Allocation(pod.containers[0], in: pod)
        #expect(Self.plan(pod, observed).steps == [])
        pod.containers[0].limits.memory = ByteCount(1 << 20)
        #expect(Self.plan(pod, observed).steps == [.resize(container: "app", instance: "app1")])
        var failures = StartFailures()
        failures.recordResize(PodError.resizeContainer("app", cause: Cause()), of: "app", at: Self.now.boot)
        let later = PodPlan(desired: .running(pod), observed: observed, failures: failures, now: Self.now.boot)
        #expect(later.steps == [] && later.recheck == Self.now.boot.advanced(by: .seconds(10)))
        let status = PodStatus(of: .running(pod), observed: observed, resizeProblems: ["boom"], now: Time())
        #expect(status.condition("PodResizeInProgress")?.message == "boom")
        pod.containers[0].restartsToResize = ["memory"]
        #expect(
            Self.plan(pod, observed).steps == [
                .stop(container: "app", instance: "app1", grace: .seconds(30)), Self.start("app", restarts: 1),
            ])
    }

    @Test func `a deadline ends a pod, but not one that is done`() {
        var pod = Pod(id: .init("u"), name: "web", containers: [Self.container("app")])
        pod.activeDeadline = .seconds(10)
        var observed = Self.observed(["app": .runs])
        observed.since = Self.now
        #expect(Self.plan(pod, observed).recheck == Self.now.boot.advanced(by: .seconds(10)))
        #expect(Desired.running(pod).expired(observed, now: Self.now.boot.advanced(by: .seconds(9))) == nil)
        guard
            case .terminated(_, let end)? = Desired.running(pod).expired(
                observed, now: Self.now.boot.advanced(by: .seconds(10)))
        else { return #expect(Bool(false), "its time is over") }
        #expect(end.reason == "DeadlineExceeded" && !end.removesEverything)
        pod.restartPolicy = .never
        var done = Self.observed(["app": .ended(0)])
        done.since = Self.now
        #expect(Desired.running(pod).deadline(done) == nil)
    }
}
