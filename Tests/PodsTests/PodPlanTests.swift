import Kubernetes
import Testing

@testable import Pods

@Suite struct `A pod's plan` {
    static let pod = Pod(id: .init("u1"), name: "web", containers: [.init(name: "app", image: "nginx")])
    static let clock = TestClock()
    static let now = clock.moment
    static let sandbox = Observed.Sandbox(id: "s", ips: ["10.88.0.2"])
    static let start = PodPlan.Step.start(container: "app", restartCount: 0, attempt: 0)

    static func instance(_ state: Observed.Instance.State = .running, attempt: Int = 0, lasted: Int = 0)
        -> Observed.Instance
    {
        let began = Observed.Moment(wall: now.wall, boot: now.boot.advanced(by: .seconds(-lasted)))
        return .init(id: "i", state: state, startedAt: began, restartCount: attempt, attempt: attempt, image: "nginx")
    }
    static func exited(_ code: Int32, attempt: Int = 0, lasted: Int = 0) -> Observed.Instance {
        instance(.exited(.init(code: code, finishedAt: now)), attempt: attempt, lasted: lasted)
    }
    static func observed(_ instance: Observed.Instance?, sandbox: Observed.Sandbox? = sandbox) -> Observed {
        Observed(sandbox: sandbox, containers: instance.map { ["app": .init($0)] } ?? [:], hasLeftovers: true)
    }
    static func plan(_ observed: Observed, after seconds: Int = 0) -> PodPlan { plan(pod, observed, after: seconds) }
    static func plan(_ pod: Pod, _ observed: Observed, after seconds: Int = 0) -> PodPlan {
        PodPlan(desired: .running(pod), observed: observed, now: now.boot.advanced(by: .seconds(seconds)))
    }

    @Test(
        arguments: [
            (Observed(), [.createSandbox(attempt: 0), start]),
            (observed(nil), [start]),
            (observed(instance()), []),
            (
                observed(instance(), sandbox: nil),
                [
                    .stop(container: "app", instance: "i", grace: .seconds(30)), .createSandbox(attempt: 0),
                    .start(container: "app", restartCount: 1, attempt: 1),
                ]
            ),
            (
                observed(nil, sandbox: .init(id: "s", attempt: 2, isReady: false)),
                [.removeSandbox, .createSandbox(attempt: 3), start]
            ),
            (observed(nil, sandbox: .init(id: "s", ips: [])), [.removeSandbox, .createSandbox(attempt: 1), start]),
            (
                observed(nil, sandbox: .init(id: "s", usesHostNetwork: true)),
                [.removeSandbox, .createSandbox(attempt: 1), start]
            ),
        ] as [(Observed, [PodPlan.Step])])
    func `brings what is there to what is wanted`(observed: Observed, steps: [PodPlan.Step]) {
        #expect(Self.plan(observed).steps == steps)
    }

    @Test(arguments: [
        (Pod.RestartPolicy.always, Int32(0), true), (.always, 1, true), (.onFailure, 0, false), (.onFailure, 1, true),
        (.never, 0, false), (.never, 1, false),
    ])
    func `restarts a container as its policy says`(policy: Pod.RestartPolicy, code: Int32, restarts: Bool) {
        var pod = Self.pod
        pod.restartPolicy = policy
        let plan = Self.plan(pod, Self.observed(Self.exited(code)))
        #expect(plan.steps == (restarts ? [.start(container: "app", restartCount: 1, attempt: 1)] : [.removeSandbox]))
        let withoutSandbox = Self.plan(pod, Self.observed(Self.exited(code), sandbox: nil))
        #expect(withoutSandbox.steps.isEmpty == !restarts)
    }

    @Test(arguments: zip(0...7, ["", "10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]))
    func `waits longer after every crash in a row`(attempt: Int, delay: String) {
        let plan = Self.plan(Self.observed(Self.exited(0, attempt: attempt)))
        guard let duration = GoDuration(delay)?.value else {
            #expect(plan.steps == [.start(container: "app", restartCount: 1, attempt: 1)])
            return
        }
        #expect(plan.steps == [])
        #expect(plan.recheck == Self.now.boot.advanced(by: duration))
        #expect(plan.waiting["app"]?.reason == "CrashLoopBackOff")
        #expect(
            plan.waiting["app"]?.message
                == "back-off \(delay) restarting failed container=app pod=web_default(u1)")
        let later = Self.plan(Self.observed(Self.exited(0, attempt: attempt)), after: Int(duration.components.seconds))
        #expect(later.steps == [.start(container: "app", restartCount: attempt + 1, attempt: attempt + 1)])
    }

    @Test func `starts over after a run of more than ten minutes`() {
        let plan = Self.plan(Self.observed(Self.exited(1, attempt: 6, lasted: 601)))
        #expect(plan.steps == [.start(container: "app", restartCount: 7, attempt: 1)])
        #expect(Self.plan(Self.observed(Self.exited(1, attempt: 6, lasted: 600))).steps == [])
    }

    @Test func `replaces a container whose image changed, and only that`() {
        var pod = Self.pod
        pod.containers[0].image = "nginx:2"
        pod.labels = ["a": "b"]
        #expect(
            Self.plan(pod, Self.observed(Self.instance(attempt: 3))).steps == [
                .stop(container: "app", instance: "i", grace: .seconds(30)),
                .start(container: "app", restartCount: 4, attempt: 0),
            ])
        #expect(
            Self.plan(pod, Self.observed(Self.exited(1, attempt: 5))).steps == [
                .start(container: "app", restartCount: 6, attempt: 0)
            ])
        pod.containers[0].image = "nginx"
        pod.containers[0].args = ["x"]
        #expect(Self.plan(pod, Self.observed(Self.instance())).steps == [])
    }

    @Test(arguments: [
        (0, "ErrImagePull", "boom", 10), (9, "ErrImagePull", "boom", 10),
        (10, "ImagePullBackOff", "Back-off pulling image \"nginx\": ErrImagePull: boom", 20),
    ])
    func `tells a failed pull`(after: Int, reason: String, message: String, recheck: Int) {
        var failures = StartFailures()
        let error = PodError.pullImage("nginx", cause: Cause())
        failures.record(error, of: Self.pod.containers[0], at: Self.now.boot)
        failures.record(error, of: Self.pod.containers[0], at: Self.now.boot)
        let plan = PodPlan(
            desired: .running(Self.pod), observed: Self.observed(nil), failures: failures,
            now: Self.now.boot.advanced(by: .seconds(after)))
        #expect(plan.steps == [])
        #expect(plan.waiting["app"]?.reason == reason)
        #expect(plan.waiting["app"]?.message.hasSuffix(message == "boom" ? "boom" : "boom") == true)
        #expect(plan.recheck == Self.now.boot.advanced(by: .seconds(recheck)))
        let due = PodPlan(
            desired: .running(Self.pod), observed: Self.observed(nil), failures: failures,
            now: Self.now.boot.advanced(by: .seconds(20)))
        #expect(due.steps == [Self.start])
    }

    @Test func `takes down in order`() {
        func down(_ observed: Observed, grace: Int, removes: Bool = true) -> PodPlan {
            let end = Termination(grace: .seconds(grace), removesEverything: removes)
            return PodPlan(desired: .terminated(Self.pod, end), observed: observed, now: Self.now.boot)
        }
        #expect(
            down(Self.observed(Self.instance()), grace: 0).steps == [
                .stop(container: "app", instance: "i", grace: .seconds(2))
            ])
        #expect(
            down(Self.observed(Self.exited(0)), grace: 30).steps
                == [.remove(container: "app", instance: "i"), .removeSandbox, .removePod])
        #expect(down(Self.observed(Self.exited(0)), grace: 30, removes: false).steps == [.removeSandbox])
        #expect(!down(Self.observed(Self.exited(0), sandbox: nil), grace: 30, removes: false).isGone)
        #expect(down(Observed(), grace: 30).isGone)
    }

    static func holding(_ instance: Observed.Instance?, sandbox: Observed.Sandbox? = nil) -> Observed {
        var observed = observed(instance, sandbox: sandbox)
        observed.holdsResources = true
        return observed
    }

    @Test(
        arguments: [
            (nil, holding(instance()), [.stop(container: "app", instance: "i", grace: .seconds(2))]),
            (nil, holding(exited(0), sandbox: sandbox), [.removeSandbox]),
            (nil, holding(exited(0)), [.giveBack]), (nil, observed(exited(0), sandbox: nil), []),
            ("DeadlineExceeded", holding(exited(0)), [.giveBack]), ("Terminated", holding(exited(0)), [.giveBack]),
            ("Evicted", holding(exited(0), sandbox: sandbox), [.removeSandbox]),
            ("Evicted", holding(exited(0)), [.remove(container: "app", instance: "i"), .giveBack]),
            ("Preempting", holding(exited(0)), [.remove(container: "app", instance: "i"), .giveBack]),
            // Whoever was interrupted left the rest.
            ("Evicted", holding(nil), [.giveBack]),
            ("Evicted", observed(exited(0), sandbox: nil), [.remove(container: "app", instance: "i")]),
            ("Evicted", observed(nil, sandbox: nil), []),
        ] as [(String?, Observed, [PodPlan.Step])])
    func `gives back what an ended pod held, once its end is told`(
        reason: String?, observed: Observed, steps: [PodPlan.Step]
    ) {
        let end = Termination(grace: .seconds(1), reason: reason, removesEverything: false)
        let plan = PodPlan(desired: .terminated(Self.pod, end), observed: observed, now: Self.now.boot)
        #expect(plan.steps == steps && !plan.isGone)
    }

    @Test func `gives back what a pod held that is done by itself, and not what one waits with`() {
        var pod = Self.pod
        pod.restartPolicy = .never
        #expect(Self.plan(pod, Self.holding(Self.exited(1), sandbox: Self.sandbox)).steps == [.removeSandbox])
        #expect(Self.plan(pod, Self.holding(Self.exited(1))).steps == [.giveBack])
        #expect(Self.plan(pod, Self.holding(Self.instance())).steps.last != .giveBack)
        #expect(Self.plan(Self.holding(Self.exited(1, attempt: 3), sandbox: Self.sandbox)).steps == [])
    }

    /// With a sandbox of another version's agent; what runs and what has ended, by container.
    static func elsewhere(_ containers: [String: Observed.Instance]) -> Observed {
        var sandbox = sandbox
        sandbox.takesStarts = false
        var observed = Observed(sandbox: sandbox, containers: containers.mapValues { .init($0) }, hasLeftovers: true)
        observed.holdsResources = true
        return observed
    }

    @Test(
        arguments: [
            (.always, ["app": instance(), "b": instance()], []),
            (
                .always, ["app": instance(), "b": exited(1)],
                [
                    .stop(container: "app", instance: "i", grace: .seconds(30)), .removeSandbox,
                    .createSandbox(attempt: 1), .start(container: "app", restartCount: 1, attempt: 1),
                    .start(container: "b", restartCount: 1, attempt: 1),
                ]
            ),
            // Its pause is not over.
            (.always, ["app": instance(), "b": exited(1, attempt: 3)], []),
            (.onFailure, ["app": instance(), "b": exited(0)], []),
            // What runs once is not ended for what has not begun; that begins when the other has ended.
            (.never, ["app": instance()], []),
            (
                .never, ["app": exited(0)],
                [.removeSandbox, .createSandbox(attempt: 1), .start(container: "b", restartCount: 0, attempt: 0)]
            ),
            (.never, ["app": exited(0), "b": exited(1)], [.removeSandbox]),
        ] as [(Pod.RestartPolicy, [String: Observed.Instance], [PodPlan.Step])])
    func `leaves a sandbox of another version's when something is to be started`(
        policy: Pod.RestartPolicy, containers: [String: Observed.Instance], steps: [PodPlan.Step]
    ) {
        var pod = Self.pod
        pod.containers.append(.init(name: "b", image: "nginx"))
        pod.restartPolicy = policy
        let plan = Self.plan(pod, Self.elsewhere(containers))
        #expect(plan.steps == steps)
        let waits = policy == .never && containers.count == 1 && steps.isEmpty
        #expect((plan.waiting["b"]?.message.contains("another version of swiftlet") ?? false) == waits)
    }

    @Test func `ends nothing of another version's for a successor that cannot begin`() {
        var pod = Self.pod
        pod.containers[0].restartPolicy = .always
        pod.containers.append(.init(name: "b", image: "nginx"))
        pod.restartPolicy = .never
        pod.containers[0].image = "another"
        let beside = Self.plan(pod, Self.elsewhere(["app": Self.instance(), "b": Self.instance()]))
        #expect(beside.steps == [])
        #expect(beside.waiting["app"]?.message.contains("another version of swiftlet") == true)
        let alone = Self.plan(pod, Self.elsewhere(["app": Self.instance(), "b": Self.exited(0)]))
        #expect(alone.steps.contains(.createSandbox(attempt: 1)))
    }

    @Test func `ends nothing for a look into a pod of another version's`() {
        var pod = Self.pod
        var look = EphemeralContainer()
        (look.name, look.image) = ("look", "i")
        pod.add(look)
        let plan = Self.plan(pod, Self.elsewhere(["app": Self.instance()]))
        #expect(plan.steps == [])
        #expect(plan.waiting["look"]?.message.contains("another version of swiftlet") == true)
    }

    @Test func `knows by the cluster's word why a pod ended before the agent began`() {
        var pod = Pod(id: .init("u1"), name: "web", containers: Self.pod.containers)
        pod.source = .api
        var told = PodStatus()
        (told.phase, told.reason) = ("Failed", "Evicted")
        pod.manifest.status = told
        let plan = PodPlan(desired: pod.wish, observed: Self.holding(Self.exited(1)), now: Self.now.boot)
        #expect(plan.steps == [.remove(container: "app", instance: "i"), .giveBack])
        told.phase = "Succeeded"
        pod.manifest.status = told
        let done = PodPlan(desired: pod.wish, observed: Self.holding(Self.exited(0)), now: Self.now.boot)
        #expect(done.steps == [.giveBack])
    }
}

struct Cause: Error, CustomStringConvertible { var description: String { "boom" } }
