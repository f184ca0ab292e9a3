import Cgroups
import Linux
import Pods
import Statistics
import SystemPackage

extension StatisticsSampler {
    func addDetails(to sample: inout Sample) {
        let mount = sample.mount
        sample.statistics.group.addDetails(in: mount)
        for index in sample.statistics.systemGroups.indices {
            sample.statistics.systemGroups[index].group.addDetails(in: mount)
        }
        for index in sample.statistics.classes.indices { sample.statistics.classes[index].addDetails(in: mount) }
        for (index, pod) in sample.pods.enumerated() {
            sample.statistics.pods[index].addDetails(of: pod, in: mount)
        }
    }
}

extension PodStatistics {
    fileprivate mutating func addDetails(of sampled: SampledPod, in mount: FilePath) {
        group.addDetails(in: mount)
        var all = ProcessCounts()
        all.threads = group.pids?.current
        for index in containers.indices {
            containers[index].group.addDetails(in: mount)
            var counts = ProcessCounts()
            counts.processes = UInt64(processNumbers(in: sampled.group.child(containers[index].id)).count)
            counts.threads = containers[index].group.pids?.current
            containers[index].group.processes = counts
            all.processes += counts.processes
        }
        group.processes = all
        guard !sampled.pod.hostNetwork, let pause = processNumbers(in: sampled.group.child("pause")).first else {
            return
        }
        // The file shows the namespace of the process that it is asked of: nobody has to enter it.
        interfaces = InterfaceCounters.parse(text("/proc/\(pause)/net/dev"))
    }
}

extension GroupStatistics {
    fileprivate mutating func addDetails(in mount: FilePath) {
        let group = Cgroup(path: FilePath(mount.string + path))
        quota = try? group.cpuQuota()
        weight = try? group.cpuWeight()
        memoryEvents = try? group.memoryEvents()
        let kept = (try? group.read("memory.min", ifExists: true)).flatMap(\.self)
        memoryReservation = kept.flatMap { UInt64($0.prefix { !$0.isNewline }) }
        // What the root counts of these the machine itself tells, in another place.
        guard path != "/" else { return }
        io = (try? group.ioStatistics()).flatMap(\.self) ?? []
        pids = try? group.pidsUsage()
        for resource in [Pressure.Resource.cpu, .memory, .io] { pressure[resource] = try? group.pressure(resource) }
    }
}
