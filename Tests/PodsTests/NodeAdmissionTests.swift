import Kubernetes
import Testing

@testable import Pods

@Suite struct `A node's admission` {
    private static func container(
        cpu: Int64? = nil, memory: Int64? = nil, ports: [Pod.Container.Port] = [], role: Pod.Container.Role = .regular
    ) -> Pod.Container {
        var container = Pod.Container(name: "app", image: "nginx")
        container.requests = ResourceAmounts(cpu: cpu.map(MilliCPU.init), memory: memory.map(ByteCount.init))
        container.ports = ports
        container.role = role
        return container
    }

    static func pod(
        _ name: String, _ container: Pod.Container = container(), source: PodSource = .api, priority: Int32 = 0,
        qos: Pod.QoSClass = .burstable
    ) -> Pod {
        var pod = Pod(id: .init(name), name: name, source: source, containers: [container])
        pod.priority = priority
        pod.qosClass = qos
        return pod
    }

    private func admission(_ active: [Pod], maxPods: Int? = nil, isShuttingDown: Bool = false) -> NodeAdmission {
        var policy = NodePolicy()
        policy.maxPods = maxPods
        var allocatable = ResourceAmounts(
            cpu: MilliCPU(2000), memory: ByteCount(1000), hugePages: ["2Mi": ByteCount(4 << 20)])
        allocatable.disk = ByteCount(500)
        return NodeAdmission(
            active: active, policy: policy, allocatable: allocatable, isShuttingDown: isShuttingDown)
    }

    private static func shortage(_ name: String, _ requested: Int, _ used: Int, _ capacity: Int)
        -> NodeAdmission.Refusal
    {
        .init(
            reason: "OutOf\(name)",
            message: "Node didn't have enough resource: \(name), requested: \(requested), used: \(used), "
                + "capacity: \(capacity)")
    }

    @Test(
        arguments: [
            (container(cpu: 500, memory: 100), nil), (container(cpu: 501), shortage("cpu", 501, 1500, 2000)),
            (container(memory: 401), shortage("memory", 401, 600, 1000)),
            (container(cpu: 2000, memory: 1000), shortage("cpu", 2000, 1500, 2000)), (container(), nil),
            (container(cpu: .max), shortage("cpu", .max, 1500, 2000)),
        ] as [(Pod.Container, NodeAdmission.Refusal?)])
    func `takes what fits beside the others`(container: Pod.Container, refusal: NodeAdmission.Refusal?) {
        let other = Self.pod("other", Self.container(cpu: 1500, memory: 600))
        let verdict = admission([other]).verdict(on: Self.pod("new", container))
        #expect(verdict == refusal.map { .refused($0) } ?? .taken)
    }

    private static let refusals: [(Pod.Container.SecurityContext.AppArmor?, Bool?, String?)] = [
        (nil, false, nil), (.unconfined, false, nil), (.runtimeDefault, nil, nil), (.local("x"), true, nil),
        (.runtimeDefault, false, "AppArmor is not enabled on the host"),
        (.local("x"), false, "AppArmor is not enabled on the host"),
        (.runtimeDefault, true, nil),
    ]

    @Test(arguments: refusals)
    func `runs nothing unconfined that is to be confined`(
        profile: Pod.Container.SecurityContext.AppArmor?, hasAppArmor: Bool?, problem: String?
    ) {
        var container = Self.container()
        container.security.appArmor = profile
        var policy = NodePolicy()
        policy.hasAppArmor = hasAppArmor
        let admission = NodeAdmission(
            active: [], policy: policy, allocatable: ResourceAmounts(), isShuttingDown: false)
        let refusal = problem.map {
            NodeAdmission.Refusal(reason: "AppArmor", message: "Cannot enforce AppArmor: \($0)")
        }
        #expect(admission.verdict(on: Self.pod("a", container)) == refusal.map { .refused($0) } ?? .taken)
    }

    @Test func `reckons with disk, huge pages and the number of pods`() {
        var container = Self.container()
        container.requests.disk = ByteCount(501)
        #expect(
            admission([]).verdict(on: Self.pod("a", container))
                == .refused(Self.shortage("ephemeral-storage", 501, 0, 500)))
        container.requests = ResourceAmounts(hugePages: ["2Mi": ByteCount(6 << 20)])
        #expect(
            admission([]).verdict(on: Self.pod("a", container))
                == .refused(Self.shortage("hugepages-2Mi", 6 << 20, 0, 4 << 20)))
        container.requests = ResourceAmounts(hugePages: ["1Gi": ByteCount(1 << 30)])
        #expect(
            admission([]).verdict(on: Self.pod("a", container))
                == .refused(Self.shortage("hugepages-1Gi", 1 << 30, 0, 0)))
        let full = admission([Self.pod("a")], maxPods: 1)
        #expect(full.verdict(on: Self.pod("b")) == .refused(Self.shortage("pods", 1, 1, 1)))
    }

    /// Source: `resourcehelper.PodRequests`.
    @Test func `reckons with the most that runs at a time`() {
        var pod = Self.pod("a", Self.container(cpu: 300))
        pod.initContainers = [
            Self.container(cpu: 200, role: .sidecar), Self.container(cpu: 600, role: .initial),
            Self.container(cpu: 700, role: .initial), Self.container(cpu: 50, role: .sidecar),
        ]
        #expect(pod.requests.cpu == MilliCPU(900))
        pod.initContainers[2].requests.cpu = nil
        pod.initContainers[2].limits.cpu = MilliCPU(1)
        #expect(pod.requests.cpu == MilliCPU(800))
    }

    private static func port(
        _ number: UInt16, _ address: String? = nil, _ transport: Pod.Container.Port.TransportProtocol = .tcp
    )
        -> Pod.Container.Port
    {
        var port = Pod.Container.Port(containerPort: 80, hostPort: number)
        port.hostIP = address
        port.transport = transport
        return port
    }

    @Test(
        arguments: [
            (port(80), port(80), false), (port(80), port(81), true), (port(80), port(80, nil, .udp), true),
            (port(80, "10.0.0.1"), port(80, "10.0.0.2"), true), (port(80, "10.0.0.1"), port(80), false),
            (port(80), port(80, "10.0.0.1"), false), (port(80, "0.0.0.0"), port(80, "10.0.0.1"), false),
            (port(80, "10.0.0.1"), port(80, "10.0.0.1"), false), (port(80, "::"), port(80, "10.0.0.1"), true),
            (.init(containerPort: 80), .init(containerPort: 80), true),
        ] as [(Pod.Container.Port, Pod.Container.Port, Bool)])
    func `gives a port of the node once`(taken: Pod.Container.Port, wanted: Pod.Container.Port, fits: Bool) {
        for source in PodSource.allCases {
            let verdict = admission([Self.pod("other", Self.container(ports: [taken]), source: source)])
                .verdict(on: Self.pod("new", Self.container(ports: [wanted]), source: source))
            let refusal = NodeAdmission.Refusal(
                reason: "NodePorts",
                message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports")
            #expect(verdict == (fits ? .taken : .refused(refusal)))
        }
    }

    @Test func `looks at ports of containers that stay`() {
        var other = Self.pod("other")
        other.initContainers = [Self.container(ports: [Self.port(80)], role: .initial)]
        let new = Self.pod("new", Self.container(ports: [Self.port(80)]))
        #expect(admission([other]).verdict(on: new) == .taken)
        other.initContainers[0].role = .sidecar
        #expect(admission([other]).verdict(on: new) != .taken)
    }

    @Test func `tells the first of several reasons, and that of a shutdown last`() {
        var pod = Self.pod("new", Self.container(cpu: 5000))
        pod.sysctls = ["kernel.panic": "1"]
        func reason(_ pod: Pod) -> String? {
            guard case .refused(let refusal) = admission([], isShuttingDown: true).verdict(on: pod) else { return nil }
            return refusal.reason
        }
        #expect(reason(pod) == "SysctlForbidden")
        pod.sysctls = [:]
        #expect(reason(pod) == "OutOfcpu")
        #expect(reason(Self.pod("new")) == "NodeShutdown")
    }

    // MARK: Critical pods

    @Test func `ends others for a critical pod, but not when it is refused all the same`() {
        let other = Self.pod("other", Self.container(cpu: 2000, ports: [Self.port(80)]))
        let critical = Self.pod("new", Self.container(cpu: 500), priority: 2_000_000_000)
        #expect(admission([other]).verdict(on: critical) == .taken(preempting: [other.id], for: "cpu"))
        #expect(
            admission([other]).verdict(on: Self.pod("new", Self.container(cpu: 500), source: .file))
                == .taken(preempting: [other.id], for: "cpu"))
        let blocked = Self.pod("new", Self.container(cpu: 500, ports: [Self.port(80)]), priority: 2_000_000_000)
        guard case .refused(let refusal) = admission([other]).verdict(on: blocked) else {
            Issue.record("taken")
            return
        }
        #expect(refusal.reason == "NodePorts")
    }

    /// Source: kubernetes `preemption.go`, its words; manifests' pods are critical all of them.
    @Test func `says what cannot be had for a critical pod`() {
        let other = Self.pod("other", Self.container(cpu: 1800), source: .file)
        let new = Self.pod("new", Self.container(cpu: 500, memory: 1200), source: .file)
        let message = """
            Unexpected error while attempting to recover from admission failure: preemption: error finding a set of \
            pods to preempt: no set of running pods found to reclaim resources: \
            [(res: cpu, q: 300), (res: memory, q: 200), ]
            """
        #expect(
            admission([other]).verdict(on: new)
                == .refused(.init(reason: "UnexpectedAdmissionError", message: message)))
        var important = new
        important.containers[0].requests.memory = nil
        important.priority = 5
        #expect(
            admission([other]).verdict(on: important) != .taken(preempting: [other.id], for: "cpu"),
            "it has no priority")
        var unimportant = other
        unimportant.manifest.spec = PodSpec()
        unimportant.manifest.spec?.priority = 0
        #expect(admission([unimportant]).verdict(on: important) == .taken(preempting: [other.id], for: "cpu"))
    }
}

@Suite struct `The choice of pods that make room` {
    private static func pod(_ name: String, _ qos: Pod.QoSClass, cpu: Int64 = 0, memory: Int64 = 0) -> Pod {
        var container = Pod.Container(name: "app", image: "i")
        container.requests = ResourceAmounts(cpu: MilliCPU(cpu), memory: ByteCount(memory))
        return `A node's admission`.pod(name, container, qos: qos)
    }

    private static let others = [
        pod("best", .bestEffort), pod("tiny", .burstable, cpu: 1, memory: 1),
        pod("small", .burstable, cpu: 100, memory: 100),
        pod("big", .burstable, cpu: 500, memory: 500), pod("guaranteed", .guaranteed, cpu: 500, memory: 100),
    ]

    /// Source: kubernetes `preemption_test.go`, the same kinds of pods.
    @Test(
        arguments: [
            ([("pods", 1)], ["best"]), ([("cpu", 50)], ["small"]), ([("cpu", 300)], ["big"]),
            ([("cpu", 550)], ["small", "big"].reversed()), ([("cpu", 700)], ["guaranteed", "big"].reversed()),
            ([("memory", 1), ("pods", 1)], ["tiny"]), ([("cpu", 1101)], ["guaranteed", "big", "small", "tiny"]),
            ([("cpu", 1102)], nil),
        ] as [([(String, Int64)], [String]?)])
    func `ends as few as it can, guaranteed ones last`(needs: [(String, Int64)], victims: [String]?) {
        let shortages = needs.map { Shortage(resource: $0.0, requested: $0.1, used: 0, capacity: 0) }
        let critical = `A node's admission`.pod("new", .init(name: "a", image: "i"), priority: 2_000_000_000)
        let found = try? Preemption(for: critical, among: Self.others).victims(for: shortages)
        #expect(found.map { Set($0.map(\.rawValue)) } == victims.map { Set($0) }, "\(needs)")
    }

    @Test func `spares what is critical, or no less important`() {
        var others = Self.others
        for index in others.indices { others[index].priority = 2_000_000_000 }
        let needs = [Shortage(resource: "cpu", requested: 1, used: 0, capacity: 0)]
        let critical = `A node's admission`.pod("new", .init(name: "a", image: "i"), priority: 2_000_000_000)
        #expect(throws: Preemption.Impossible(missing: [.init(resource: "cpu", amount: 1)])) {
            try Preemption(for: critical, among: others).victims(for: needs)
        }
        others[1].priority -= 1
        #expect(throws: Never.self) { try Preemption(for: critical, among: others).victims(for: needs) }
    }
}
