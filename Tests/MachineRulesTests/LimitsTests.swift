import Cgroups
import Containers
import Pods
import Testing

@testable import Machine

@Suite struct `A pod's limits` {
    static func container(cpu: (Int64?, Int64?) = (nil, nil), memory: (Int64?, Int64?) = (nil, nil)) -> Pod.Container {
        var container = Pod.Container(name: "app", image: "i")
        container.requests = .init(cpu: cpu.0.map(MilliCPU.init), memory: memory.0.map(ByteCount.init))
        container.limits = .init(cpu: cpu.1.map(MilliCPU.init), memory: memory.1.map(ByteCount.init))
        return container
    }

    static func pod(_ qos: Pod.QoSClass, _ containers: Pod.Container...) -> Pod {
        var pod = Pod(id: .init("u"), name: "web", containers: containers)
        pod.qosClass = qos
        return pod
    }

    /// Source: facts of kubelet, §5.3: a pod is limited only if all of its containers are.
    @Test func `hold when every container has one`() {
        let limited = Self.pod(
            .burstable, Self.container(cpu: (100, 500), memory: (nil, 1 << 20)),
            Self.container(cpu: (200, 500), memory: (nil, 1 << 20)))
        let settings = CgroupSettings(limited, .init())
        #expect(settings["cpu.max"] == "100000 100000")
        #expect(settings["memory.max"] == "\(2 << 20)")
        #expect(settings["cpu.weight"] == "12")

        let open = CgroupSettings(Self.pod(.burstable, Self.container(cpu: (100, 500)), Self.container()), .init())
        #expect(open["cpu.max"] == nil)
        #expect(open["memory.max"] == nil)
        #expect(CgroupSettings(Self.pod(.bestEffort, Self.container()), .init())["cpu.weight"] == "1")
    }

    /// Source: facts of kubelet, §5.3: what the runtime takes is added to requests, and to limits where there are some.
    @Test func `leave room for what the runtime takes`() {
        var pod = Self.pod(.burstable, Self.container(cpu: (100, 500), memory: (nil, 1 << 20)))
        pod.overhead = ResourceAmounts(cpu: MilliCPU(200), memory: ByteCount(1 << 20))
        let settings = CgroupSettings(pod, .init())
        #expect(settings["cpu.max"] == "70000 100000" && settings["memory.max"] == "\(2 << 20)")
        #expect(settings["cpu.weight"] == "12")
        pod.containers[0].limits = .init()
        #expect(CgroupSettings(pod, .init())["cpu.max"] == nil)
    }

    @Test func `of a container stand in its own group`() {
        let container = Self.container(cpu: (1000, 250), memory: (nil, 64 << 20))
        let settings = CgroupSettings(container, of: Self.pod(.burstable, container), .init())
        #expect(settings["cpu.weight"] == "100")
        #expect(settings["cpu.max"] == "25000 100000")
        #expect(settings["memory.max"] == "\(64 << 20)")
        #expect(settings["memory.oom.group"] == "1")
    }

    /// Source: facts of kubelet, §5.4.
    @Test(
        arguments: [
            (Pod.QoSClass.guaranteed, nil, -997), (.bestEffort, nil, 1000), (.burstable, nil, 999),
            (.burstable, 500, 500), (.burstable, 1000, 3),
        ] as [(Pod.QoSClass, Int64?, Int)])
    func `decide who dies first`(qos: Pod.QoSClass, request: Int64?, score: Int) {
        let container = Self.container(memory: (request, nil))
        #expect(OOMScore.adjustment(of: container, in: Self.pod(qos, container), memoryCapacity: 1000) == score)
    }
}

@Suite struct `A container's capabilities` {
    @Test(
        arguments: [
            (["ALL"], ["NET_ADMIN"], ["CAP_NET_ADMIN"]), (["ALL"], [], []),
            (["all"], ["cap_chown"], ["CAP_CHOWN"]),
        ] as [([String], [String], [String])])
    func `lose first and gain then`(dropped: [String], added: [String], names: [String]) throws {
        var security = Pod.Container.SecurityContext()
        security.droppedCapabilities = dropped
        security.addedCapabilities = added
        #expect(try security.capabilities.names == names)
    }

    @Test func `are fourteen when nothing is said`() throws {
        #expect(try Pod.Container.SecurityContext().capabilities.names.count == 14)
    }
}
