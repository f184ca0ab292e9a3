import Cgroups
import Kubernetes

@testable import Linux
@testable import Statistics

/// A node with two pods, every figure known.
enum Example {
    static let time = MicroTime(microseconds: 1_795_233_150_881_000)

    static func group(_ path: String, usage: UInt64 = 112_982) -> GroupStatistics {
        var group = GroupStatistics(path: path)
        group.time = time
        group.started = MicroTime(microseconds: 1_795_233_078_442_636)
        var cpu = CPUStatistics()
        (cpu.usage, cpu.user, cpu.system) = (usage, usage / 2, usage - usage / 2)
        group.cpu = cpu
        group.nanoCores = 68_412_263
        var memory = MemoryStatistics()
        (memory.anonymous, memory.file, memory.inactiveFile, memory.kernel) = (57_344, 200_000, 40_960, 4096)
        (memory.pageFaults, memory.majorPageFaults) = (663, 1)
        memory.all = ["file_mapped": 1024, "active_file": 2048]
        var used = MemoryUsage(current: 290_816, limit: .at(1 << 20), statistics: memory)
        (used.swap, used.swapLimit, used.peak) = (0, .at(0), 300_000)
        group.memory = used
        group.memoryLimit = 1 << 20
        group.memoryReservation = 0
        group.memoryEvents = MemoryEvents()
        var io = IOStatistics(major: 254, minor: 0)
        (io.readBytes, io.writtenBytes, io.reads, io.writes) = (4096, 8192, 1, 2)
        group.io = [io]
        group.quota = CPUQuota(quota: 50_000)
        group.weight = 39
        group.pids = PIDsUsage(current: 2, limit: .at(100), refused: 0)
        var pressure = Pressure()
        pressure.some.total = 114_928
        pressure.some.average60 = 0.04
        pressure.full.total = 98_384
        group.pressure = [.cpu: pressure, .memory: Pressure(), .io: Pressure()]
        var processes = ProcessCounts()
        (processes.processes, processes.threads, processes.descriptors, processes.sockets) = (1, 2, 7, 1)
        processes.openFilesLimit = 1_048_576
        processes.note(state: "S")
        group.processes = processes
        return group
    }

    static let usage = FilesystemUsage(
        FilesystemStatus(
            type: 0, total: 4_210_786_304, free: 3_342_147_584, available: 3_110_625_280, files: 262_144,
            filesFree: 248_340), part: DiskUse(bytes: 20_480, files: 8), at: time)

    static func pod(_ name: String, interface: String? = "eth0") -> PodStatistics {
        var pod = PodStatistics(
            name: name, namespace: "default", uid: "uid-\(name)", group: group("/kubepods/besteffort/pod\(name)"))
        pod.started = Time(seconds: 1_795_232_981)
        pod.interfaces = interface.map { [InterfaceCounters(name: $0)] }
        var container = ContainerStatistics(
            name: "c", id: "0123", image: "busybox:latest", group: group("/kubepods/besteffort/pod\(name)/0123"))
        container.rootFilesystem = usage
        container.logs = usage
        pod.containers = [container]
        pod.volumes = [
            VolumeStatistics(name: "data", usage: usage, claim: "claim"),
            VolumeStatistics(name: "tmp", usage: usage, isEphemeral: true),
        ]
        pod.ephemeralStorage = usage
        return pod
    }

    static var node: NodeStatistics {
        var node = NodeStatistics(name: "node1")
        node.started = Time(seconds: 1_795_232_963)
        node.group = group("/", usage: 64_636_000)
        node.systemGroups = [.init(name: "pods", group: group("/kubepods"))]
        node.classes = [group("/kubepods")]
        node.interfaces = [InterfaceCounters(name: "cni0")]
        node.disks = DiskCounters.parse(
            "254 0 vda 10 1 80 5 20 2 160 6 0 7 8 0 0 0 0\n7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\n")
        node.filesystem = usage
        node.imageFilesystem = usage
        node.mounts = ["/dev/vda": usage]
        node.tasks = .init(limit: 31_332, count: 158)
        node.machine.kernelVersion = "6.12"
        node.pods = [pod("a"), pod("b", interface: nil)]
        return node
    }
}
