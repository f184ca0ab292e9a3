import Kubernetes
import Testing

@testable import Pods

@Suite struct `After a boot` {
    private func told(_ states: [String: ContainerState]) -> PodStatus {
        var status = PodStatus()
        status.containerStatuses = states.sorted { $0.key < $1.key }.map { name, state in
            var container = ContainerStatus()
            (container.name, container.state, container.image) = (name, state, "i")
            container.restartCount = 2
            return container
        }
        return status
    }

    private func ended(_ code: Int32) -> ContainerState {
        var state = ContainerState()
        state.terminated = ContainerStateTerminated()
        state.terminated?.exitCode = code
        return state
    }

    private var running: ContainerState {
        var state = ContainerState()
        state.running = ContainerStateRunning()
        return state
    }

    @Test(
        arguments: [
            (.never, ["a": 0, "b": 137]), (.onFailure, ["a": 0]), (.always, [:]),
        ] as [(Pod.RestartPolicy, [String: Int32])])
    func `a pod knows which of its containers do not start again`(
        policy: Pod.RestartPolicy, codes: [String: Int32]
    ) {
        var pod = Pod(
            id: .init("u"), name: "p", source: .api,
            containers: [.init(name: "a", image: "i"), .init(name: "b", image: "i"), .init(name: "c", image: "i")])
        pod.restartPolicy = policy
        let now = Observed.Moment(wall: Time(seconds: 100), boot: .now)
        let recalled = Observed.recalled(told(["a": ended(0), "b": running]), of: pod, at: now)
        #expect(recalled.mapValues { $0.newest.exit?.code ?? -1 } == codes)
        #expect(recalled.values.allSatisfy { $0.newest.restartCount == 2 })
    }

    @Test(
        arguments: [
            (.never, "Failed", "Evicted", true), (.never, "Failed", "Preempting", true),
            // How others ended their records tell.
            (.never, "Failed", "DeadlineExceeded", false), (.never, "Running", "Evicted", false),
            // Started anew, as the manifest says.
            (.always, "Failed", "Evicted", false),
        ] as [(Pod.RestartPolicy, String, String, Bool)])
    func `a manifest's pod that was evicted does not run twice`(
        policy: Pod.RestartPolicy, phase: String, reason: String, stays: Bool
    ) {
        var pod = Pod(
            id: .init("u"), name: "p", containers: [.init(name: "a", image: "i"), .init(name: "b", image: "i")])
        pod.restartPolicy = policy
        let now = Observed.Moment(wall: Time(seconds: 100), boot: .now)
        var told = told(["a": ended(0), "b": ended(137)])
        (told.phase, told.reason, told.message) = (phase, reason, "why")
        let end = Desired.running(pod).eviction(told, Observed(), at: now)
        #expect((end != nil) == stays)
        guard let end else { return }
        #expect(PodPlan(desired: end, observed: Observed(), now: now.boot).steps.isEmpty)
        let status = PodStatus(of: end, observed: Observed(), previous: told, now: now.wall)
        #expect(status.phase == "Failed" && status.reason == reason && status.message == "why")
        #expect(status.containerStatuses?.map(\.state) == told.containerStatuses?.map(\.state))
        pod.source = .api
        #expect(Desired.running(pod).eviction(told, Observed(), at: now) == nil)
    }

    @Test func `a pod whose work is done starts nothing`() {
        var pod = Pod(id: .init("u"), name: "p", source: .api, containers: [.init(name: "a", image: "i")])
        pod.restartPolicy = .onFailure
        let now = Observed.Moment(wall: Time(seconds: 100), boot: .now)
        let recalled = Observed.recalled(told(["a": ended(0)]), of: pod, at: now)
        let plan = PodPlan(desired: .running(pod), observed: Observed(containers: recalled), now: now.boot)
        #expect(plan.steps.isEmpty)
        let status = PodStatus(of: .running(pod), observed: Observed(containers: recalled), now: now.wall)
        #expect(status.phase == "Succeeded")
    }
}
