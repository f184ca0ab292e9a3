import Cgroups
import Linux
package import Statistics
import SystemPackage

import struct Kubernetes.MicroTime
import struct Kubernetes.Time

// What is read of the machine as a whole.

extension StatisticsSampler {
    func readNode(_ node: inout NodeStatistics, _ reader: inout GroupReader) {
        let stat = text("/proc/stat")
        node.started = Time(seconds: Int64(number("btime", in: stat) ?? 0))
        readMachine(&node, &reader)
        node.interfaces = InterfaceCounters.parse(text("/proc/self/net/dev"))
        node.disks = DiskCounters.parse(text("/proc/diskstats"))
        // Source: proc_loadavg(5): the fourth field is tasks that run, and all.
        if let limit = try? NodeResources.capacity(root: machine.directories.root).pids,
            let count = text("/proc/loadavg").split(separator: " ").dropFirst(3).first?.split(separator: "/").last,
            let count = Int64(count)
        {
            node.tasks = .init(limit: limit, count: count)
        }
        readGroups(&node, &reader)
    }

    private func readMachine(_ node: inout NodeStatistics, _ reader: inout GroupReader) {
        node.group = reader.read(Cgroup(path: reader.mount)) ?? node.group
        node.group.path = "/"
        node.group.time = reader.wall
        node.group.started = MicroTime(node.started)
        let memory = MachineMemory(
            vmstat: text("/proc/vmstat"), meminfo: text("/proc/meminfo"), pageSize: UInt64(pageSize()))
        node.group.memory = memory.usage
        node.group.memoryLimit = UInt64(clamping: memoryCapacity())
        for resource in [Pressure.Resource.cpu, .memory, .io] {
            let text = text("/proc/pressure/\(resource.rawValue)")
            if !text.isEmpty { node.group.pressure[resource] = try? Pressure(parsing: text) }
        }
    }

    /// The groups above the pods'. Source: facts of kubelet, §11.4, for their names.
    private func readGroups(_ node: inout NodeStatistics, _ reader: inout GroupReader) {
        let kubepods = machine.cgroups.root.child("kubepods")
        if let pods = reader.read(kubepods) {
            node.systemGroups.append(.init(name: "pods", group: pods))
            node.classes.append(pods)
        }
        if let shims = reader.read(machine.cgroups.shims) {
            node.systemGroups.append(.init(name: "runtime", group: shims))
            node.classes.append(shims)
        }
        node.classes += ["burstable", "besteffort"].compactMap { reader.read(kubepods.child($0)) }
        // In the root of the tree it is one among all: of those the machine's figures tell.
        guard let own = CgroupMount.group(inProcFile: text("/proc/self/cgroup")), own != "/",
            var group = reader.read(Cgroup(path: reader.mount.appending(FilePath(String(own.dropFirst())).components)))
        else { return }
        group.started = MicroTime(microseconds: Int64((ProcessFacts.ofThisProcess?.startSeconds ?? 0) * 1e6))
        node.systemGroups.append(.init(name: "kubelet", group: group))
        node.classes.append(group)
    }

    func addProcesses(to sample: inout Sample) {
        for index in sample.pods.indices {
            let group = sample.pods[index].group
            var all = sample.statistics.pods[index].group.processes ?? ProcessCounts()
            (all.descriptors, all.sockets) = (0, 0)
            for place in sample.statistics.pods[index].containers.indices {
                let container = sample.statistics.pods[index].containers[place]
                var counts = container.group.processes ?? ProcessCounts()
                counts.look(at: processNumbers(in: group.child(container.id)))
                all.descriptors? += counts.descriptors ?? 0
                all.sockets? += counts.sockets ?? 0
                all.states.merge(counts.states) { $0 + $1 }
                sample.statistics.pods[index].containers[place].group.processes = counts
            }
            sample.statistics.pods[index].group.processes = all
        }
        sample.statistics.group.processes = nodeProcesses(sample.statistics.tasks)
    }

    private func nodeProcesses(_ tasks: NodeStatistics.Tasks?) -> ProcessCounts {
        var counts = ProcessCounts()
        counts.processes = UInt64(((try? directoryEntries("/proc")) ?? []).count { Int32($0) != nil })
        counts.threads = tasks.map { UInt64(clamping: $0.count) }
        // Source: proc_sys_fs(5), file-nr: the first number is of files that are open.
        counts.descriptors = text("/proc/sys/fs/file-nr").split(whereSeparator: \.isWhitespace).first
            .flatMap { UInt64($0) }
        // Source: `/proc/net/sockstat`: `sockets: used 17`.
        counts.sockets = text("/proc/net/sockstat").split(separator: "\n").first?.split(separator: " ").last
            .flatMap { UInt64($0) }
        counts.openFilesLimit = openFilesLimit(inLimits: text("/proc/1/limits"))
        // Source: proc_stat(5).
        let stat = text("/proc/stat")
        counts.states["running"] = number("procs_running", in: stat)
        counts.states["iowaiting"] = number("procs_blocked", in: stat)
        return counts
    }
}

extension ProcessCounts {
    /// Adds up the open files and states of processes. One that ends meanwhile has none.
    fileprivate mutating func look(at processes: [Int32]) {
        var (files, sockets): (UInt64, UInt64) = (0, 0)
        for pid in processes {
            if let stat = try? ProcessStat(pid: pid) { note(state: stat.state) }
            guard let directory = try? openFile(FilePath("/proc/\(pid)/fd"), [.directory]) else { continue }
            directory.borrow { directory in
                for name in (try? directoryEntries(FilePath("/proc/\(pid)/fd"))) ?? [] {
                    files += 1
                    let target = (try? directory.linkTarget(of: name)).flatMap(\.self)
                    if target?.hasPrefix("socket:") == true { sockets += 1 }
                }
            }
        }
        (descriptors, self.sockets) = (files, sockets)
        if let first = processes.first {
            openFilesLimit = Statistics.openFilesLimit(inLimits: text("/proc/\(first)/limits"))
        }
    }
}

extension ProcessFacts {
    /// The agent's own; `nil` where `/proc` does not tell.
    package static var ofThisProcess: ProcessFacts? {
        guard
            var facts = ProcessFacts(
                stat: text("/proc/self/stat"), ticks: Double(clockTicks()), pageSize: UInt64(pageSize()),
                bootTime: Double(number("btime", in: text("/proc/stat")) ?? 0))
        else { return nil }
        facts.openFiles = (try? directoryEntries("/proc/self/fd")).map { UInt64($0.count) }
        facts.openFilesLimit = Statistics.openFilesLimit(inLimits: text("/proc/self/limits"))
        return facts
    }
}

extension MachineFacts {
    static var ofThisMachine: MachineFacts {
        func word(_ paths: String...) -> String {
            for path in paths {
                if let word = text(path).split(whereSeparator: \.isWhitespace).first { return String(word) }
            }
            return ""
        }
        var facts = MachineFacts()
        facts.machineID = word("/etc/machine-id", "/var/lib/dbus/machine-id")
        facts.systemUUID = word("/sys/class/dmi/id/product_uuid", "/proc/device-tree/vm,uuid", "/etc/machine-id")
        facts.bootID = word("/proc/sys/kernel/random/boot_id")
        facts.kernelVersion = word("/proc/sys/kernel/osrelease")
        let name = text("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        facts.osVersion = name.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } } ?? ""
        facts.memory = UInt64(clamping: memoryCapacity())
        facts.swap = (number("SwapTotal:", in: text("/proc/meminfo")) ?? 0) * 1024
        facts.cores = UInt64(processorCount())
        let folder: FilePath = "/sys/devices/system/cpu"
        let cpus = ((try? directoryEntries(folder)) ?? []).filter { Int($0.dropFirst(3)) != nil && $0.hasPrefix("cpu") }
        func distinct(_ files: String...) -> UInt64 {
            let found = cpus.compactMap { cpu -> [String]? in
                let words = files.map { word("\(folder)/\(cpu)/topology/\($0)") }
                return words.contains("") ? nil : words
            }
            return UInt64(Set(found).count)
        }
        facts.physicalCores = distinct("physical_package_id", "core_id")
        facts.sockets = distinct("physical_package_id")
        // Only mainframes have them.
        facts.books = distinct("book_id")
        facts.drawers = distinct("drawer_id")
        return facts
    }
}

/// A file of the kernel's; empty when there is none.
func text(_ path: String) -> String {
    String(decoding: (try? readFile(at: FilePath(path), ifExists: true)).flatMap(\.self) ?? [], as: UTF8.self)
}

/// The number behind a name that begins a line.
private func number(_ name: String, in text: String) -> UInt64? {
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ", maxSplits: 2)
        if words.count > 1, words[0] == name { return UInt64(words[1]) }
    }
    return nil
}
