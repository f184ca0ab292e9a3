import JSONText
import Kubernetes
import Testing

@testable import Pods

@Suite struct `A pod's resources as a whole` {
    private static func admit(_ resources: String, _ containers: String = "{}") throws -> Pod {
        try `A pod from a manifest`.admit(spec(resources, containers))
    }

    /// Containers' resources, one after the other; those of an initial one behind `init:`, of a sidecar behind `side:`.
    private static func spec(_ resources: String, _ containers: String) -> String {
        var (initial, regular) = ("", "")
        for (index, text) in containers.split(separator: "|").enumerated() {
            let parts = text.split(separator: ":", maxSplits: 1)
            let isRegular = !["init", "side"].contains(parts[0])
            let policy = parts[0] == "side" ? ", restartPolicy: Always" : ""
            let item = "  - {name: c\(index), image: 'b:1', resources: \(isRegular ? text : parts[1])\(policy)}\n"
            if isRegular { regular += item } else { initial += item }
        }
        let first = initial.isEmpty ? "" : "  initContainers:\n\(initial)"
        return "  resources: \(resources)\n\(first)  containers:\n\(regular)"
    }

    private static func json(_ value: some Encodable) throws -> JSON { try JSONWriter.write(value) }

    /// Source: kubernetes `pkg/apis/core/v1/defaults.go`.
    @Test(
        arguments: [
            ("{}", "{limits: {cpu: 1}}", "{}"),
            ("{limits: {cpu: 2}}", "{}", #"{"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}"#),
            (
                "{limits: {cpu: 2, memory: 1Gi}}", "{requests: {cpu: 500m}}|{requests: {cpu: 250m}}",
                #"{"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "750m", "memory": "1Gi"}}"#
            ),
            (
                "{limits: {cpu: 2}}", "{requests: {memory: 64Mi, ephemeral-storage: 1Gi}}",
                #"{"limits": {"cpu": "2"}, "requests": {"cpu": "2", "memory": "64Mi"}}"#
            ),
            // Requests alone are not added to.
            ("{requests: {cpu: 2}}", "{requests: {memory: 64Mi}}", #"{"requests": {"cpu": "2"}}"#),
            (
                "{requests: {cpu: 1}}",
                "{limits: {cpu: 100m, hugepages-2Mi: 4Mi}}|{limits: {cpu: 1m, hugepages-2Mi: 2Mi}}",
                #"{"limits": {"hugepages-2Mi": "6Mi"}, "requests": {"cpu": "1", "hugepages-2Mi": "6Mi"}}"#
            ),
            (
                "{limits: {cpu: 2}, requests: {cpu: 1}}",
                "init:{requests: {memory: 3Gi}}|side:{limits: {memory: 1Gi}}|{limits: {memory: 1Gi}}",
                #"{"limits": {"cpu": "2"}, "requests": {"cpu": "1", "memory": "3Gi"}}"#
            ),
        ])
    func `are defaulted as by the API server`(resources: String, containers: String, expected: String) throws {
        let pod = try Self.admit(resources, containers)
        let found = try #require(pod.manifest.spec?.resources)
        #expect(try Self.json(found) == JSON(parsing: expected))
    }

    /// Source: kubernetes `ComputePodQOS`.
    @Test(arguments: [
        ("{}", "{limits: {cpu: 1, memory: 1Gi}}", "BestEffort"),
        ("{requests: {cpu: 0}}", "{}", "BestEffort"),
        ("{limits: {cpu: 1, memory: 1Gi}}", "{}", "Guaranteed"),
        ("{limits: {cpu: 1, memory: 1Gi}}", "{requests: {cpu: 500m}}", "Burstable"),
        ("{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 1}}", "{requests: {cpu: 500m}}", "Guaranteed"),
        ("{limits: {cpu: 1}}", "{limits: {cpu: 1, memory: 1Gi}}", "Burstable"),
        ("{requests: {cpu: 1, memory: 1Gi}}", "{limits: {cpu: 1, memory: 1Gi}}", "Burstable"),
    ])
    func `decide its class of service alone`(resources: String, containers: String, qos: String) throws {
        #expect(try Self.admit(resources, containers).qosClass.rawValue == qos)
    }

    @Test(arguments: [
        (
            "{claims: [{name: x}]}", "{}",
            "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level"
        ),
        ("{limits: {ephemeral-storage: 1Gi}}", "{}", "spec.resources.limits.ephemeral-storage: not supported yet"),
        ("{requests: {nvidia.com/gpu: 1}}", "{}", "spec.resources.requests.nvidia.com/gpu: not supported yet"),
        (
            "{requests: {cpu: -1}}", "{}",
            "spec.resources.requests[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"
        ),
        (
            "{limits: {cpu: 1}, requests: {cpu: 2}}", "{}",
            "spec.resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"
        ),
        (
            "{requests: {cpu: 1, memory: 64Mi}}", "{requests: {cpu: 600m}}|{requests: {cpu: 600m}}",
            "spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal to aggregate container requests of 1200m"
        ),
        (
            "{requests: {cpu: 1}}", "init:{requests: {cpu: 2}}|{}",
            "spec.resources.requests[cpu]: Invalid value: \"1\": must be greater than or equal to aggregate container requests of 2"
        ),
        (
            "{limits: {memory: 64Mi}}", "{}|{limits: {memory: 65Mi}, requests: {memory: 1Mi}}",
            "spec.resources.containers[1][memory].limits: Invalid value: \"65Mi\": must be less than or equal to pod limits of 64Mi"
        ),
        // What precedes the containers may have more: it runs alone.
        ("{limits: {memory: 64Mi}}", "init:{limits: {memory: 65Mi}, requests: {memory: 1Mi}}|{}", "accepted"),
        (
            "{limits: {cpu: 1, hugepages-2Mi: 2Mi}}",
            "{limits: {cpu: 1, hugepages-2Mi: 2Mi}}|{limits: {cpu: 1, hugepages-2Mi: 2Mi}, requests: {cpu: 0}}",
            "spec.resources.requests[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container requests of 4Mi; "
                + "spec.resources.limits[hugepages-2Mi]: Invalid value: \"2Mi\": must be greater than or equal to aggregate container limits of 4Mi"
        ),
        ("{limits: {hugepages-2Mi: 2Mi}}", "{}", "spec.resources: Forbidden: HugePages require cpu or memory"),
        (
            "{limits: {cpu: 1, hugepages-2Mi: 3Mi}}", "{}",
            "spec.resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": must be a multiple of the page size 2097152; "
                + "spec.resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": must be a multiple of the page size 2097152"
        ),
        (
            "{requests: {cpu: 1, hugepages-2Mi: 2Mi}}", "{}",
            "spec.resources.limits: Required value: Limit must be set for non overcommitable resources"
        ),
        (
            "{limits: {cpu: 1, hugepages-2Mi: 4Mi}, requests: {hugepages-2Mi: 2Mi}}", "{}",
            "spec.resources.requests: Invalid value: \"2Mi\": must be equal to hugepages-2Mi limit of 4Mi"
        ),
    ])
    func `are refused where they cannot be, by field`(resources: String, containers: String, words: String) {
        #expect(`A pod from a manifest`.refusal(Self.spec(resources, containers)) == words)
    }

    @Test func `are what the node counts, and the runtime's part on top`() throws {
        var pod = try Self.admit(
            "{limits: {cpu: 2, hugepages-2Mi: 8Mi}, requests: {cpu: 1}}",
            "{requests: {cpu: 100m, memory: 64Mi, ephemeral-storage: 1Mi}}")
        pod.overhead = ResourceAmounts(cpu: MilliCPU(250))
        #expect(pod.requests.cpu == MilliCPU(1250) && pod.requests.memory == ByteCount(64 << 20))
        #expect(pod.requests.disk == ByteCount(1 << 20) && pod.requests.hugePages == ["2Mi": ByteCount(8 << 20)])
    }

    @Test func `change in place in a manifest, unless the class of service changes with them`() throws {
        let containers = "{requests: {cpu: 100m}}"
        let ids = try [
            "{limits: {cpu: 1, memory: 1Gi}, requests: {memory: 1Mi}}",
            "{limits: {cpu: 2, memory: 2Gi}, requests: {memory: 2Mi}}",
            "{limits: {cpu: 2, memory: 2Gi}, requests: {cpu: 2, memory: 2Gi}}", "{limits: {cpu: 1}}",
        ].map { try Self.admit($0, containers).id }
        #expect(ids[0] == ids[1])
        #expect(Set(ids).count == 3)
    }
}

@Suite struct `A change of a pod's resources as a whole` {
    private static let clock = TestClock()

    private static func pod() -> Pod {
        var limited = Pod.Container(name: "own", image: "i")
        limited.limits = .init(memory: ByteCount(1 << 20))
        var pod = Pod(id: .init("u"), name: "web", containers: [.init(name: "open", image: "i"), limited])
        pod.resources = .init(
            requests: .init(memory: ByteCount(2 << 20)), limits: .init(memory: ByteCount(8 << 20)))
        return pod
    }

    private static func observed(_ pod: Pod) -> Observed {
        var sandbox = Observed.Sandbox(id: "s", ips: ["10.88.0.2"])
        sandbox.allocation = Allocation(wholeOf: pod)
        var observed = Observed(sandbox: sandbox, hasLeftovers: true)
        for container in pod.containers {
            var instance = Observed.Instance(id: "\(container.name)1", startedAt: clock.moment, image: "i")
            instance.allocation = Allocation(container, in: pod)
            observed.containers[container.name] = .init(instance)
        }
        return observed
    }

    private static func plan(_ pod: Pod, _ observed: Observed, _ failures: StartFailures = .init()) -> PodPlan {
        PodPlan(desired: .running(pod), observed: observed, failures: failures, now: clock.now)
    }

    @Test func `reaches those containers that share them, then the pod`() {
        var pod = Self.pod()
        let observed = Self.observed(pod)
        #expect(Self.plan(pod, observed).steps == [])
        pod.resources?.requests.memory = ByteCount(3 << 20)
        #expect(Self.plan(pod, observed).steps == [.resizeWhole])
        pod.resources?.limits.memory = ByteCount(9 << 20)
        #expect(Self.plan(pod, observed).steps == [.resize(container: "open", instance: "open1"), .resizeWhole])
        #expect(Self.condition(pod, observed)?.status == "True")
        // One whose limit it is may want to start anew for it.
        pod.containers[0].restartsToResize = ["memory"]
        #expect(
            Self.plan(pod, observed).steps == [
                .stop(container: "open", instance: "open1", grace: .seconds(30)),
                .start(container: "open", restartCount: 1, attempt: 0), .resizeWhole,
            ])
    }

    /// Source: kubernetes `InPlacePodVerticalScalingInitContainers`.
    @Test func `reaches a container that runs before the others`() {
        var pod = Self.pod()
        var first = Pod.Container(name: "first", image: "i")
        first.role = .initial
        pod.initContainers = [first]
        var observed = Self.observed(pod)
        observed.containers = [:]
        var instance = Observed.Instance(id: "first1", startedAt: Self.clock.moment, image: "i")
        instance.allocation = Allocation(first, in: pod)
        observed.containers["first"] = .init(instance)
        #expect(Self.plan(pod, observed).steps == [])
        pod.resources?.limits.memory = ByteCount(9 << 20)
        #expect(Self.plan(pod, observed).steps == [.resize(container: "first", instance: "first1"), .resizeWhole])
    }

    @Test func `is tried again later where it fails, and the status says why`() {
        var pod = Self.pod()
        let observed = Self.observed(pod)
        pod.resources?.requests.memory = ByteCount(3 << 20)
        var failures = StartFailures()
        failures.recordWholeResize(PodError.resizePod(cause: Cause()), at: Self.clock.now)
        let plan = Self.plan(pod, observed, failures)
        #expect(plan.steps == [] && plan.recheck == Self.clock.now.advanced(by: .seconds(10)))
        #expect(failures.resizeProblems == ["boom"])
        #expect(Self.condition(pod, observed, failures.resizeProblems)?.message == "boom")
        #expect(Self.condition(Self.pod(), observed, failures.resizeProblems) == nil, "nothing is asked for any more")
    }

    private struct Cause: Error, CustomStringConvertible { var description: String { "boom" } }

    private static func condition(_ pod: Pod, _ observed: Observed, _ problems: [String] = []) -> PodCondition? {
        PodStatus(of: .running(pod), observed: observed, resizeProblems: problems, now: Time())
            .condition("PodResizeInProgress")
    }

    @Test func `is carried out`() async throws {
        var pod = Self.pod()
        let runtime = FakeRuntime(clock: Self.clock)
        try await runtime.perform(.createSandbox(attempt: 0), for: pod)
        #expect(await runtime.observe(pod.id).sandbox?.allocation == Allocation(wholeOf: pod))
        pod.resources = nil
        try await runtime.perform(.resizeWhole, for: pod)
        #expect(await runtime.observe(pod.id).sandbox?.allocation == nil)
    }
}
