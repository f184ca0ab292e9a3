import Kubernetes
import Testing

@testable import Pods

/// Random pods of every kind of container, with random exits, hooks, amounts and wishes, against what must always hold.
@Suite(.timeLimit(.minutes(1))) struct `A pod's whole life in a random world` {
    typealias Random = `A pod in a random world`.Random

    @Test(arguments: 0..<400)
    func `keeps its order, is never doubled, waits ever longer, and ends`(seed: Int) async throws {
        var random = Random(state: UInt64(seed) &* 104_729 &+ 7)
        let clock = TestClock()
        let runtime = FakeRuntime(clock: clock)
        var failures = StartFailures()
        var desired = Desired.running(Self.pod(&random))
        var grace: Duration?

        for round in 0..<160 {
            clock.advance(by: .milliseconds(1))
            if round >= 110, round == 110 || Int.random(in: 0..<4, using: &random) == 0 {
                desired = desired.changed(to: Self.wish(desired.pod, round, &random))
            }
            let observed = await runtime.observe(desired.pod.id)
            desired = desired.adding(observed)
            if let end = desired.expired(observed, now: clock.now) { desired = desired.changed(to: end) }
            let plan = PodPlan(desired: desired, observed: observed, failures: failures, now: clock.now)
            check(plan, desired, observed, clock.now, &grace)
            await plan.carryOut(for: desired.pod, on: runtime, &failures, clock)
            if plan.isGone { break }
            if round < 110 { await disturb(&desired, runtime, clock, &random) }
        }
        #expect(await runtime.broken == [])
        #expect(await runtime.machine.isEmpty)
    }

    static func pod(_ random: inout Random) -> Pod {
        var pod = Pod(id: .init("u"), name: "web")
        pod.restartPolicy = [.always, .onFailure, .never].randomElement(using: &random) ?? .always
        pod.initContainers = (0..<Int.random(in: 0...4, using: &random)).map { index in
            var container = Pod.Container(name: "i\(index)", image: "i:0")
            container.role = Bool.random(using: &random) ? .sidecar : .initial
            if container.role == .sidecar, Bool.random(using: &random) { container.lifecycle.postStart = .sleep(.zero) }
            return container
        }
        pod.containers = (0..<Int.random(in: 1...3, using: &random)).map { index in
            var container = Pod.Container(name: "c\(index)", image: "i:0")
            if Bool.random(using: &random) { container.lifecycle.postStart = .exec(["true"]) }
            container.restartPolicy = [nil, .always, .onFailure, .never].randomElement(using: &random) ?? nil
            let action: Pod.Container.RestartRule.Action = Bool.random(using: &random) ? .restart : .restartAll
            if Int.random(in: 0..<3, using: &random) == 0 {
                container.restartRules = [.init(action, codes: [42], isInverted: Bool.random(using: &random))]
            }
            container.requests.cpu = MilliCPU(100)
            if Bool.random(using: &random) { container.restartsToResize = ["cpu"] }
            return container
        }
        if Int.random(in: 0..<4, using: &random) == 0 { pod.activeDeadline = .seconds(900) }
        return pod
    }

    private static func wish(_ pod: Pod, _ round: Int, _ random: inout Random) -> Desired {
        .terminated(
            pod,
            Termination(
                grace: .seconds(Int.random(in: 0...60, using: &random)), reason: round == 110 ? nil : "Evicted",
                removesEverything: round == 110))
    }

    private func check(
        _ plan: PodPlan, _ desired: Desired, _ observed: Observed, _ now: Instant, _ grace: inout Duration?
    ) {
        if let recheck = plan.recheck, plan.steps.isEmpty { #expect(recheck > now, "a busy loop") }
        if case .running(let pod) = desired, plan.steps.isEmpty, plan.recheck == nil {
            let runs = pod.allContainers.contains { observed.isRunning($0.name) }
            let isLost = observed.sandbox == nil && pod.containers.allSatisfy { pod.policy(of: $0) == .never }
            #expect(pod.isFinished(observed) || runs || isLost, "it waits for nothing")
        }
        for step in plan.steps {
            switch step {
            case .start(let name, _, let attempt):
                guard let instance = observed.containers[name]?.newest, let exit = instance.exit else { continue }
                #expect(attempt <= 1 || attempt == instance.attempt + 1)
                guard attempt > 1, instance.image == desired.pod.container(named: name)?.image,
                    !plan.outdated.contains(name)
                else { continue }
                let waited = exit.finishedAt.boot.duration(to: now)
                #expect(waited >= RestartBackoff.delay(after: attempt - 1), "it waits ever longer")
            case .stop(_, _, let given, _) where desired.isTermination:
                #expect(given <= grace ?? given, "grace only shrinks")
                grace = given
            default: continue
            }
        }
        let status = PodStatus(of: desired, observed: observed, waiting: plan.waiting, now: Time())
        #expect(status.allContainerStatuses.count == desired.pod.allContainers.count)
        if status.phase == "Succeeded" || status.phase == "Failed" {
            #expect(!desired.pod.containers.contains { observed.isRunning($0.name) }, "it is over")
        }
    }

    private func disturb(
        _ desired: inout Desired, _ runtime: FakeRuntime, _ clock: TestClock, _ random: inout Random
    ) async {
        guard case .running(var pod) = desired else { return }
        let name = pod.allContainers.randomElement(using: &random)?.name ?? "c0"
        switch Int.random(in: 0..<16, using: &random) {
        case 0...4: await runtime.exit(name, of: pod, code: [0, 0, 1, 42].randomElement(using: &random) ?? 0)
        case 5 where Bool.random(using: &random): await runtime.loseSandbox(of: pod)
        case 6: await runtime.fail(name, with: .runContainer(name, cause: Cause()))
        case 7: await runtime.fail("\(name) hook", with: .postStart(name, cause: Cause()))
        case 8: await runtime.fail("\(name) resize", with: .resizeContainer(name, cause: Cause()))
        case 9:
            for kind in ["", " hook", " resize"] { await runtime.fail(name + kind, with: nil) }
        case 10: pod.containers[0].image = "i:\(Int.random(in: 0..<3, using: &random))"
        case 11: pod.containers[0].requests.cpu = MilliCPU(Int64.random(in: 1...9, using: &random))
        case 12 where pod.ephemeralContainers.isEmpty:
            var added = EphemeralContainer()
            (added.name, added.image) = ("look", "i:0")
            pod.add(added)
        default: clock.advance(by: .seconds(Int.random(in: 1...400, using: &random)))
        }
        desired = desired.changed(to: .running(pod))
    }
}
