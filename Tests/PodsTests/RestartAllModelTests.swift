import Kubernetes
import Testing

@testable import Pods

/// Containers that start anew together, whoever ends, fails to start or is slow meanwhile, and whatever the agent
/// remembers: plans are made from what is observed alone, as after an agent's end at any step.
@Suite(.timeLimit(.minutes(1))) struct `Containers that all start anew` {
    typealias Random = `A pod in a random world`.Random

    @Test(arguments: 0..<400)
    func `do so, in order, and none is forgotten`(seed: Int) async throws {
        var random = Random(state: UInt64(seed) &* 7_919 &+ 3)
        let clock = TestClock()
        let runtime = FakeRuntime(clock: clock, recordsLate: true)
        let pod = Self.pod(&random)
        var failures = StartFailures()
        for round in 0..<120 {
            let isQuiet = round >= 60
            clock.advance(by: isQuiet ? .seconds(400) : .milliseconds(Int.random(in: 1...20_000, using: &random)))
            if isQuiet {
                for name in pod.allContainers.map(\.name) { await runtime.fail(name, with: nil) }
                for one in pod.initContainers where one.role == .initial {
                    await runtime.exit(one.name, of: pod, code: 0)
                }
            }
            let observed = await runtime.observe(pod.id)
            let plan = PodPlan(desired: .running(pod), observed: observed, failures: failures, now: clock.now)
            let since = pod.restartOfAll(observed)
            for step in plan.steps {
                await PodPlan.carryOut(step, for: pod, on: runtime, &failures, clock)
                clock.advance(by: .milliseconds(1))
                // An agent that ends here makes another plan.
                if !isQuiet, Int.random(in: 0..<6, using: &random) == 0 { break }
                if !isQuiet { await Self.disturb(pod, runtime, &random) }
                if pod.restartOfAll(await runtime.observe(pod.id)) != since { break }
            }
            if !isQuiet { await Self.disturb(pod, runtime, &random) }
        }
        #expect(await runtime.broken == [])
        let observed = await runtime.observe(pod.id)
        if let since = await runtime.restartOfAll, !pod.isFinished(observed) {
            for container in pod.initContainers + pod.containers {
                let begunAt = try #require(observed.containers[container.name]?.newest.begunAt)
                #expect(begunAt > since, "\(container.name) was forgotten")
            }
        }
    }

    private static func pod(_ random: inout Random) -> Pod {
        var pod = Pod(id: .init("u"), name: "web")
        pod.restartPolicy = [.always, .onFailure, .never].randomElement(using: &random) ?? .always
        pod.initContainers = (0..<Int.random(in: 0...2, using: &random)).map { index in
            var container = Pod.Container(name: "i\(index)", image: "i:0")
            container.role = Bool.random(using: &random) ? .sidecar : .initial
            return container
        }
        pod.containers = (0..<Int.random(in: 2...4, using: &random)).map { index in
            var container = Pod.Container(name: "c\(index)", image: "i:0")
            container.restartPolicy = [nil, .always, .onFailure, .never].randomElement(using: &random) ?? nil
            if index == 0 || Int.random(in: 0..<4, using: &random) == 0 {
                container.restartRules = [.init(.restartAll, codes: [42])]
            }
            return container
        }
        return pod
    }

    private static func disturb(_ pod: Pod, _ runtime: FakeRuntime, _ random: inout Random) async {
        let name = pod.allContainers.randomElement(using: &random)?.name ?? "c0"
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: await runtime.exit(name, of: pod, code: [0, 0, 1, 42].randomElement(using: &random) ?? 0)
        case 4: await runtime.fail(name, with: .pullImage("i", cause: Cause()))
        case 5: await runtime.fail(name, with: nil)
        default: break
        }
    }
}
