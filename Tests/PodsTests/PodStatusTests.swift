import JSONText
import Kubernetes
import Pods
import Testing

@Suite struct `A pod's status` {
    static let clock = TestClock()
    static let t0 = Time(rfc3339: "2026-11-21T03:51:13Z") ?? Time()
    static func moment(_ second: Int64) -> Observed.Moment {
        .init(wall: Time(seconds: t0.seconds + second), boot: clock.now.advanced(by: .seconds(second)))
    }
    static let sandbox = Observed.Sandbox(id: "s", ips: ["10.88.0.4"])

    static func pod(_ policy: Pod.RestartPolicy = .always, _ containers: [String] = ["c"]) -> Pod {
        var pod = Pod(id: .init("9e36"), name: "crash", containers: containers.map { .init(name: $0, image: "bb:1") })
        pod.restartPolicy = policy
        return pod
    }
    static func running(_ id: String, at second: Int64, restarts: Int = 0) -> Observed.Instance {
        .init(
            id: id, startedAt: moment(second), restartCount: restarts, attempt: restarts, image: "bb:1",
            imageID: "sha256:985a")
    }
    static func exited(_ id: String, _ code: Int32 = 3, at second: Int64 = 5, restarts: Int = 0) -> Observed.Instance {
        var instance = running(id, at: second, restarts: restarts)
        instance.state = .exited(.init(code: code, finishedAt: moment(second)))
        return instance
    }
    static func observed(_ containers: [String: Observed.Container], sandbox: Observed.Sandbox? = sandbox) -> Observed {
        Observed(sandbox: sandbox, containers: containers, hasLeftovers: true)
    }
    static func status(
        _ pod: Pod = pod(), _ observed: Observed, waiting: [String: PodPlan.Waiting] = [:], previous: PodStatus? = nil,
        at second: Int64 = 0
    ) -> PodStatus {
        PodStatus(
            of: .running(pod), observed: observed, waiting: waiting, hostIPs: ["10.0.2.15"], previous: previous,
            now: moment(second).wall)
    }

    /// The kubelet's patches for the pod `crash`, with what Swiftlet does not send taken out: generations, times of
    /// probes, another runtime's name.
    @Test func `is what a kubelet said of a pod that crashes`() throws {
        let created = Self.status(Self.pod(), Observed())
        try expect(
            created,
            """
            {"conditions": [
              {"type": "PodReadyToStartContainers", "status": "False", "lastTransitionTime": "2026-11-21T03:51:13Z"},
              {"type": "Initialized", "status": "True", "lastTransitionTime": "2026-11-21T03:51:13Z"},
              {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-21T03:51:13Z",
               "reason": "ContainersNotReady", "message": "containers with unready status: [c]"},
              {"type": "ContainersReady", "status": "False", "lastTransitionTime": "2026-11-21T03:51:13Z",
               "reason": "ContainersNotReady", "message": "containers with unready status: [c]"},
              {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T03:51:13Z"}],
             "containerStatuses": [{"name": "c", "image": "bb:1", "imageID": "", "ready": false, "started": false,
               "restartCount": 0, "lastState": {}, "state": {"waiting": {"reason": "ContainerCreating"}}}],
             "hostIP": "10.0.2.15", "hostIPs": [{"ip": "10.0.2.15"}], "phase": "Pending", "qosClass": "BestEffort",
             "resources": {},
             "startTime": "2026-11-21T03:51:13Z"}
            """)
        let up = Self.status(
            Self.pod(), Self.observed(["c": .init(Self.running("d7", at: 5))]), previous: created, at: 6)
        #expect(up.phase == "Running")
        #expect(up.podIPs?.map(\.ip) == ["10.88.0.4"])
        #expect(up.condition("Ready")?.lastTransitionTime == Self.moment(6).wall)
        #expect(up.condition("Initialized")?.lastTransitionTime == Self.t0)
        #expect(up.startTime == Self.t0)

        let backOff = Self.status(
            Self.pod(),
            Self.observed(["c": .init(Self.exited("3b", at: 8, restarts: 1), previous: Self.exited("d7"))]),
            waiting: ["c": .init(reason: "CrashLoopBackOff", message: "back-off 10s …")], previous: up, at: 9)
        try expect(
            try #require(backOff.containerStatuses?.first),
            """
            {"containerID": "swiftlet://3b", "image": "bb:1", "imageID": "sha256:985a", "name": "c", "ready": false,
             "resources": {}, "restartCount": 1, "started": false, "lastState": {"terminated": {"containerID": "swiftlet://3b",
               "exitCode": 3, "finishedAt": "2026-11-21T03:51:21Z", "reason": "Error", "startedAt": "2026-11-21T03:51:21Z"}},
             "state": {"waiting": {"message": "back-off 10s …", "reason": "CrashLoopBackOff"}}}
            """)
        #expect(backOff.phase == "Running")
        #expect(backOff.condition("Ready")?.message == "containers with unready status: [c]")
    }

    private func expect(_ value: some Encodable, _ json: String) throws {
        #expect(try JSONWriter.write(value) == JSON(parsing: json))
    }

    @Test(
        arguments: [
            (.always, ["a": running("1", at: 1), "b": running("2", at: 1)], "Running"),
            (.always, ["a": running("1", at: 1)], "Pending"),
            (.always, ["a": running("1", at: 1), "b": exited("2", 0)], "Running"),
            (.always, ["a": exited("1", 0), "b": exited("2", 0)], "Running"),
            (.onFailure, ["a": exited("1", 0), "b": exited("2", 0)], "Succeeded"),
            (.onFailure, ["a": exited("1", 1), "b": exited("2", 0)], "Running"),
            (.never, ["a": exited("1", 1), "b": exited("2", 0)], "Failed"),
            (.never, ["a": exited("1", 0), "b": exited("2", 0)], "Succeeded"),
            (.never, ["a": exited("1", 1), "b": running("2", at: 1)], "Running"),
            (.never, [:], "Pending"),
        ] as [(Pod.RestartPolicy, [String: Observed.Instance], String)])
    func `has the phase of its containers`(
        policy: Pod.RestartPolicy, containers: [String: Observed.Instance], phase: String
    ) {
        let status = Self.status(Self.pod(policy, ["b", "a"]), Self.observed(containers.mapValues { .init($0) }))
        #expect(status.phase == phase)
        #expect(status.containerStatuses?.map(\.name) == ["a", "b"])
    }

    @Test func `never leaves a final phase`() {
        let done = Self.status(Self.pod(.never), Self.observed(["c": .init(Self.exited("1", 0))]))
        #expect(done.phase == "Succeeded")
        #expect(done.condition("Ready")?.reason == "PodCompleted")
        #expect(done.condition("Initialized")?.reason == "PodCompleted")
        let later = Self.status(Self.pod(.never), Self.observed([:], sandbox: nil), previous: done)
        #expect(later.phase == "Succeeded")
        #expect(later.podIP == "10.88.0.4")
    }

    @Test func `keeps a terminated container's end when its record is lost`() {
        let up = Self.status(Self.pod(), Self.observed(["c": .init(Self.running("1", at: 1, restarts: 4))]))
        let lost = Self.status(Self.pod(), Self.observed([:]), previous: up)
        let last = lost.lastState(of: "c")?.terminated
        #expect(last?.reason == "ContainerStatusUnknown")
        #expect(last?.exitCode == 137)
        #expect(lost.containerStatuses?.first?.restartCount == 5)
        #expect(Self.status(Self.pod(), Self.observed([:]), previous: lost).containerStatuses?.first?.restartCount == 5)
    }

    @Test func `tells an eviction only when nothing runs any more`() {
        let pod = Self.pod()
        let end = Desired.terminated(
            pod, .init(grace: .zero, reason: "Evicted", message: "low on memory", removesEverything: false))
        let stopping = PodStatus(of: end, observed: Self.observed(["c": .init(Self.running("1", at: 1))]), now: Self.t0)
        #expect(stopping.phase == "Running")
        let stopped = PodStatus(
            of: end, observed: Self.observed(["c": .init(Self.exited("1", 143))], sandbox: nil), now: Self.t0)
        #expect(stopped.phase == "Failed")
        #expect(stopped.reason == "Evicted")
        #expect(stopped.condition("Ready")?.reason == "PodFailed")
        let once = PodStatus(
            of: .terminated(Self.pod(.never), .init(grace: .zero, reason: "Evicted", removesEverything: false)),
            observed: Self.observed(["c": .init(Self.exited("1", 143))]), now: Self.t0)
        #expect(once.phase == "Failed" && once.reason == "Evicted", "its sandbox still stands")
        let removed = PodStatus(of: end, observed: Observed(), previous: stopped, now: Self.t0)
        #expect(removed == stopped, "its containers' records are gone")
    }
}
