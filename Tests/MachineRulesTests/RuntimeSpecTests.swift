import Cgroups
import Containers
import Machine
import OCI
import Pods
import Testing

@Suite struct `A pod's container, for the runtime,` {
    private let sandbox = SandboxFacts(
        hostname: "web",
        namespaces: [.network: "/netns/1", .uts: "/proc/7/ns/uts", .ipc: "/proc/7/ns/ipc", .pid: "/proc/7/ns/pid"],
        hostsPath: "/pods/1/etc-hosts", hostnamePath: "/pods/1/hostname", resolvConfPath: "/pods/1/resolv.conf",
        sharedMemoryPath: "/pods/1/shm")
    private let instance = ContainerInstance(
        id: "c1", volumes: ["data": "/volumes/data", "etc": "/volumes/etc"], terminationMessagePath: "/pods/1/message",
        cgroupsPath: "/kubepods/pod1/c1")

    private func make(
        image user: String? = nil, environment: ContainerEnvironment = .init(memoryCapacity: ByteCount(8 << 30)),
        qosClass: Pod.QoSClass = .bestEffort, _ configure: (inout Pod.Container) -> Void = { _ in }
    ) throws -> PodContainer {
        try make(image: user, environment: environment, qosClass: qosClass, container: configure, pod: { _ in })
    }

    private func make(
        image user: String? = nil, environment: ContainerEnvironment = .init(memoryCapacity: ByteCount(8 << 30)),
        qosClass: Pod.QoSClass = .bestEffort, container configure: (inout Pod.Container) -> Void,
        pod configurePod: (inout Pod) -> Void
    ) throws -> PodContainer {
        var wanted = container()
        wanted.command = ["sh"]
        configure(&wanted)
        var pod = pod(qosClass, [wanted])
        configurePod(&pod)
        var image = ImageConfig(architecture: "amd64", os: "linux", config: .init(), rootfs: .init(diffIDs: []))
        image.config?.user = user
        image.config?.workingDir = "/work"
        return try PodContainer(
            wanted, in: pod, image: image, sandbox: sandbox, instance: instance, environment: environment)
    }

    @Test func `shares the pod's network, names and IPC, and has its own processes`() throws {
        let namespaces = try #require(try make().spec.linux?.namespaces)
        #expect(
            namespaces == [
                .init(.mount), .init(.network, path: "/netns/1"), .init(.uts, path: "/proc/7/ns/uts"),
                .init(.ipc, path: "/proc/7/ns/ipc"), .init(.pid), .init(.cgroup),
            ])
    }

    @Test func `has what the pod shares with the machine or among its containers`() throws {
        let shared =
            try make(container: { _ in }, pod: { $0.shareProcessNamespace = true }).spec.linux?.namespaces ?? []
        #expect(shared.contains(.init(.pid, path: "/proc/7/ns/pid")))
        let host = try make(container: { _ in }, pod: { ($0.hostNetwork, $0.hostPID, $0.hostIPC) = (true, true, true) })
            .spec
        #expect(host.linux?.namespaces == [.init(.mount), .init(.cgroup)])
        #expect(host.mounts?.first { $0.destination == "/dev/shm" }?.source == "/dev/shm")
    }

    @Test func `is confined unless it is privileged`() throws {
        let plain = try make().spec
        #expect(plain.process?.capabilities?.bounding?.count == 14)
        #expect(plain.process?.capabilities?.inheritable == nil && plain.process?.capabilities?.ambient == nil)
        #expect(plain.process?.noNewPrivileges == false)
        #expect(plain.linux?.maskedPaths?.contains("/proc/kcore") == true)
        #expect(plain.linux?.readonlyPaths?.contains("/proc/sys") == true)
        #expect(plain.linux?.resources?.devices?.first == .init(allow: false, type: "a", access: "rwm"))
        #expect(plain.mounts?.first { $0.destination == "/sys" }?.options?.contains("ro") == true)

        let environment = ContainerEnvironment(
            memoryCapacity: ByteCount(1), confinesByDefault: true,
            hostDevices: [.init(type: "b", path: "/dev/sda", major: 8, minor: 0)])
        let privileged = try make(environment: environment) { $0.security.isPrivileged = true }.spec
        #expect((privileged.process?.capabilities?.bounding?.count ?? 0) > 35)
        #expect(privileged.linux?.maskedPaths == nil && privileged.linux?.readonlyPaths == nil)
        #expect(privileged.linux?.seccomp == nil)
        #expect(privileged.linux?.devices?.count == 1)
        #expect(privileged.linux?.resources?.devices == [.init(allow: true, type: "a", access: "rwm")])
        #expect(privileged.mounts?.first { $0.destination == "/sys" }?.options?.contains("rw") == true)
        #expect(privileged.linux?.namespaces?.contains(.init(.cgroup)) == false)
    }

    @Test(
        arguments: [
            (nil, false, false), (nil, true, true), (.runtimeDefault, false, true), (.unconfined, true, false),
        ] as [(Pod.Container.SecurityContext.Seccomp?, Bool, Bool)])
    func `has a seccomp profile if it or the node wants one`(
        wish: Pod.Container.SecurityContext.Seccomp?, byDefault: Bool, isConfined: Bool
    ) throws {
        let environment = ContainerEnvironment(memoryCapacity: ByteCount(1), confinesByDefault: byDefault)
        let spec = try make(environment: environment) { $0.security.seccomp = wish }.spec
        #expect((spec.linux?.seccomp != nil) == isConfined)
    }

    @Test func `has the capabilities and rights that it asks for`() throws {
        let spec = try make {
            $0.security.droppedCapabilities = ["ALL"]
            $0.security.addedCapabilities = ["NET_BIND_SERVICE"]
            $0.security.allowsPrivilegeEscalation = false
            $0.security.hasReadOnlyRootFilesystem = true
        }.spec
        #expect(spec.process?.capabilities?.effective == ["CAP_NET_BIND_SERVICE"])
        #expect(spec.process?.noNewPrivileges == true)
        #expect(spec.root?.readonly == true)
        #expect(spec.mounts?.first { $0.destination == "/etc/resolv.conf" }?.options?.last == "ro")
        #expect(throws: UnknownCapability(name: "FLY")) {
            try make { $0.security.addedCapabilities = ["FLY"] }
        }
    }

    @Test(
        arguments: [
            (nil, nil, nil, UserRequest(user: .id(0))), ("", nil, nil, UserRequest(user: .id(0))),
            ("1000", nil, nil, UserRequest(user: .id(1000))),
            ("1000:50", nil, nil, UserRequest(user: .id(1000), group: .id(50))),
            ("web:www", nil, nil, UserRequest(user: .name("web"), group: .name("www"))),
            ("web:www", 7, nil, UserRequest(user: .id(7))), ("web:www", 7, 8, UserRequest(user: .id(7), group: .id(8))),
            ("web", nil, 8, UserRequest(user: .name("web"), group: .id(8))),
            (":5", nil, nil, UserRequest(user: .id(0), group: .id(5))),
        ] as [(String?, UInt32?, UInt32?, UserRequest)])
    func `runs as the pod's user, else the image's, else root`(
        image: String?, user: UInt32?, group: UInt32?, expected: UserRequest
    ) throws {
        let made = try make(image: image) { ($0.security.runAsUser, $0.security.runAsGroup) = (user, group) }
        #expect(made.user == expected)
    }

    @Test(arguments: ["-1", "4294967295", "4294967296", "99999999999999999999", "+5", "a b", "../x", "a:b:c", "a\u{1}"])
    func `refuses a user that nobody can be`(user: String) {
        #expect(throws: InvalidUser(text: user)) { try make(image: user) }
    }

    @Test(
        arguments: [
            ("0", nil, "container has runAsNonRoot and image will run as root"),
            ("", nil, "container has runAsNonRoot and image will run as root"),
            (
                "web", nil,
                "container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root"
            ),
            ("1000", 0, "container's runAsUser breaks non-root policy"),
        ] as [(String, UInt32?, String)])
    func `is refused as root where the pod wants none`(image: String, user: UInt32?, message: String) {
        let place = " (pod: \"web-node_default(1b2c-3d)\", container: app)"
        #expect(throws: ContainerConfigurationError(message + place)) {
            try make(image: image) { ($0.security.runAsNonRoot, $0.security.runAsUser) = (true, user) }
        }
    }

    @Test func `is not refused as somebody else`() throws {
        #expect(try make(image: "5") { $0.security.runAsNonRoot = true }.user.refusesRoot)
        #expect(
            try make(image: "0") { ($0.security.runAsNonRoot, $0.security.runAsUser) = (true, 5) }.user.user == .id(5))
    }

    @Test func `mounts parents before what lies in them, and volumes in place of the runtime's own`() throws {
        let spec = try make {
            $0.mounts = [.init(volume: "data", path: "/etc/app/data/"), .init(volume: "etc", path: "/etc")]
            var own = Pod.Container.Mount(volume: "data", path: "/dev/shm")
            own.isReadOnly = true
            $0.mounts.append(own)
        }.spec
        let destinations = spec.mounts?.map(\.destination) ?? []
        #expect(
            destinations == [
                "/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/etc", "/etc/hosts",
                "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log", "/dev/shm", "/etc/app/data/",
            ])
        #expect(spec.mounts?.first { $0.destination == "/dev/shm" }?.source == "/volumes/data")
    }

    @Test(
        arguments: [
            (false, .disabled, .none, ["rbind", "rprivate", "rw"], nil),
            (true, .disabled, .none, ["rbind", "rprivate", "ro"], nil),
            (true, .ifPossible, .none, ["rbind", "rprivate", "rro"], nil),
            (true, .enabled, .none, ["rbind", "rprivate", "rro"], nil),
            (false, .disabled, .hostToContainer, ["rbind", "rslave", "rw"], "rslave"),
            (false, .disabled, .bidirectional, ["rbind", "rshared", "rw"], "rshared"),
        ] as [(Bool, Pod.Container.Mount.RecursiveReadOnly, Pod.Container.Mount.Propagation, [String], String?)])
    func `mounts a volume as it is asked to`(
        readOnly: Bool, recursive: Pod.Container.Mount.RecursiveReadOnly,
        propagation: Pod.Container.Mount.Propagation, options: [String], root: String?
    ) throws {
        var mount = Pod.Container.Mount(volume: "data", path: "/data")
        (mount.isReadOnly, mount.recursiveReadOnly, mount.propagation) = (readOnly, recursive, propagation)
        let spec = try make { $0.mounts = [mount] }.spec
        #expect(spec.mounts?.first { $0.destination == "/data" }?.options == options)
        #expect(spec.linux?.rootfsPropagation == root)
    }

    @Test func `cannot mount a volume that is not there`() {
        #expect(throws: ContainerConfigurationError("volume \"no\" of container app is not there")) {
            try make { $0.mounts = [.init(volume: "no", path: "/data")] }
        }
    }

    @Test func `is limited as it asks, in the words of cgroup files`() throws {
        let spec = try make(qosClass: .burstable) {
            $0.requests = ResourceAmounts(cpu: MilliCPU(1000), memory: ByteCount(4 << 30))
            $0.limits = ResourceAmounts(cpu: MilliCPU(1500), memory: ByteCount(6 << 30))
        }.spec
        #expect(spec.process?.oomScoreAdj == 500)
        #expect(spec.linux?.cgroupsPath == "/kubepods/pod1/c1")
        let settings = try CgroupSettings(try #require(spec.linux?.resources))
        #expect(
            settings.settings.map { "\($0.file)=\($0.value)" } == [
                "memory.swap.max=0", "memory.max=6442450944", "cpu.weight=100", "cpu.max=150000 100000",
                "memory.oom.group=1",
            ])
    }

    @Test func `without wishes has the least processor share and no limit`() throws {
        let resources = try #require(try make().spec.linux?.resources)
        let settings = try CgroupSettings(resources)
        #expect(settings.settings.map { "\($0.file)=\($0.value)" } == ["cpu.weight=1", "memory.oom.group=1"])
    }

    @Test func `starts in the image's directory unless it says another`() throws {
        #expect(try make().spec.process?.cwd == "/work")
        #expect(try make { $0.workingDirectory = "/there" }.spec.process?.cwd == "/there")
    }
}

@Suite struct `A pod's sandbox, for the runtime,` {
    @Test func `holds the pod's namespaces and can do nothing`() {
        let made = PodContainer(sandboxOf: pod(), hostname: "web", networkNamespace: "/netns/1", cgroupsPath: "/k/p")
        #expect(
            made.spec.linux?.namespaces?.map(\.type) == [.mount, .cgroup, .network, .uts, .ipc, .pid])
        #expect(made.spec.hostname == "web")
        #expect(made.spec.process?.capabilities?.bounding == [])
        #expect(made.spec.process?.oomScoreAdj == -998)
        #expect(made.spec.process?.noNewPrivileges == true)
        #expect(made.spec.linux?.seccomp != nil)
    }

    @Test func `leaves to the machine what the pod shares with it`() {
        var pod = pod()
        (pod.hostNetwork, pod.hostIPC, pod.hostPID) = (true, true, true)
        let made = PodContainer(sandboxOf: pod, hostname: "web", networkNamespace: nil, cgroupsPath: nil)
        #expect(made.spec.linux?.namespaces == [.init(.mount), .init(.cgroup)])
        #expect(made.spec.hostname == nil)
    }
}
