import Kubernetes
import Pods
import Testing

/// Random wishes and random misfortune against what must always hold. The machine itself reports what must not be.
@Suite(.timeLimit(.minutes(1))) struct `A pod in a random world` {
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    @Test(arguments: 0..<200)
    func `is never doubled, and always ends`(seed: Int) async throws {
        var random = Random(state: UInt64(seed) &* 7919 &+ 1)
        let clock = TestClock()
        let runtime = FakeRuntime(clock: clock)
        var pod = Pod(id: .init("u"), name: "web", containers: ["a", "b", "c"].map { .init(name: $0, image: "i:0") })
        pod.restartPolicy = [.always, .onFailure, .never].randomElement(using: &random) ?? .always
        var failures = StartFailures()
        var desired = Desired.running(pod)

        for round in 0..<120 {
            if round == 80 { desired = .terminated(pod, .deletion(of: pod)) }
            let observed = await runtime.observe(pod.id)
            let plan = PodPlan(desired: desired, observed: observed, failures: failures, now: clock.now)
            await plan.carryOut(for: pod, on: runtime, &failures, clock)
            check(plan, desired, observed, clock.now)
            if plan.isGone { break }
            if round < 80 { await disturb(&pod, runtime, clock, &random) }
            if case .running = desired { desired = .running(pod) }
        }
        #expect(await runtime.broken == [])
        #expect(await runtime.machine.isEmpty)
    }

    private func check(_ plan: PodPlan, _ desired: Desired, _ observed: Observed, _ now: Instant) {
        if let recheck = plan.recheck, plan.steps.isEmpty { #expect(recheck > now, "a busy loop") }
        if case .running(let pod) = desired, plan.steps.isEmpty, plan.recheck == nil {
            let isDone = pod.containers.allSatisfy { observed.containers[$0.name]?.newest.exit != nil }
            let runs = pod.containers.contains { observed.containers[$0.name]?.newest.isRunning == true }
            #expect(isDone || runs || pod.restartPolicy == .never, "it waits for nothing")
        }
        let status = PodStatus(of: desired, observed: observed, waiting: plan.waiting, now: Time())
        #expect(status.containerStatuses?.count == desired.pod.containers.count)
    }

    private func disturb(_ pod: inout Pod, _ runtime: FakeRuntime, _ clock: TestClock, _ random: inout Random) async {
        let name = pod.containers.randomElement(using: &random)?.name ?? "a"
        switch Int.random(in: 0..<12, using: &random) {
        case 0...2: await runtime.exit(name, of: pod, code: Int32.random(in: 0...1, using: &random))
        case 3: await runtime.loseSandbox(of: pod)
        case 4: await runtime.fail(name, with: .pullImage("i", cause: Cause()))
        case 5: await runtime.fail(name, with: .runContainer(name, cause: Cause()))
        case 6: await runtime.fail(name, with: nil)
        case 7: await runtime.fail("sandbox", with: Bool.random(using: &random) ? nil : .createSandbox(cause: Cause()))
        case 8: pod.containers[0].image = "i:\(Int.random(in: 0..<3, using: &random))"
        default: clock.advance(by: .seconds(Int.random(in: 1...700, using: &random)))
        }
    }
}
