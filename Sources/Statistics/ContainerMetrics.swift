import Cgroups
import Kubernetes

extension NodeStatistics {
    /// What `/metrics/cadvisor` tells: everything of every group. Names and labels are cAdvisor's.
    package var containerMetrics: [MetricFamily] {
        let groups = GroupMetrics(self)
        return groups.processors + groups.memory + groups.pressure + groups.tasks + groups.limits + groups.moments
            + network + filesystems + blockDevices(groups) + machineMetrics
    }

    /// Of interfaces: the machine's, and of each pod that has some of its own.
    private var network: [MetricFamily] {
        var counted = [(Labels.ofGroup(group), group.milliseconds, interfaces)]
        counted += pods.compactMap { pod in
            pod.interfaces.map { (Labels.ofGroup(pod.group, pod: pod), pod.group.milliseconds, $0) }
        }
        typealias Direction = WritableKeyPath<InterfaceCounters, InterfaceCounters.Direction>
        typealias Count = KeyPath<InterfaceCounters.Direction, UInt64>
        let directions: [(String, String, Direction)] = [
            ("receive", "received", \.received), ("transmit", "transmitted", \.sent),
        ]
        let counts: [(String, String, Count)] = [
            ("bytes", "Cumulative count of bytes %", \.bytes), ("packets", "Cumulative count of packets %", \.packets),
            ("errors", "Cumulative count of errors encountered while %", \.errors),
            ("packets_dropped", "Cumulative count of packets dropped while %", \.dropped),
        ]
        return directions.flatMap { direction, participle, side in
            counts.map { name, help, count in
                let isVerb = help.contains("while")
                let word = isVerb ? (direction == "receive" ? "receiving" : "transmitting") : participle
                var family = MetricFamily(
                    "container_network_\(direction)_\(name)_total", .counter,
                    String(help.dropLast()) + word)
                for (labels, time, interfaces) in counted {
                    for interface in interfaces {
                        family.add(
                            labels.adding("interface", interface.name),
                            Double(interface[keyPath: side][keyPath: count]),
                            at: time)
                    }
                }
                return family
            }
        }
    }

    /// Of the file systems that the node's things lie on.
    private var filesystems: [MetricFamily] {
        let fields: [(String, String, KeyPath<FilesystemUsage, UInt64>)] = [
            (
                "usage_bytes", "Number of bytes that are consumed by the container on this filesystem.",
                \.used
            ),
            ("limit_bytes", "Number of bytes that can be consumed by the container on this filesystem.", \.capacity),
            ("inodes_free", "Number of available Inodes", \.inodesFree), ("inodes_total", "Number of Inodes", \.inodes),
        ]
        return fields.map { name, help, field in
            var family = MetricFamily("container_fs_\(name)", .gauge, help)
            for (device, usage) in mounts.sorted(by: { $0.key < $1.key }) {
                family.add(
                    Labels.ofGroup(group).adding("device", device), Double(usage[keyPath: field]),
                    at: usage.time.microseconds / 1000)
            }
            return family
        }
    }

    /// Of the machine's disks by themselves, of groups what each has read and written.
    private func blockDevices(_ groups: GroupMetrics) -> [MetricFamily] {
        var families = disks.isEmpty ? [] : DiskMetrics(disks, Labels.ofGroup(group), group.milliseconds).families
        let names = Dictionary(disks.map { ("\($0.major):\($0.minor)", "/dev/\($0.name)") }) { first, _ in first }
        let fields: [(String, KeyPath<IOStatistics, UInt64>)] = [
            ("reads_bytes_total", \.readBytes), ("writes_bytes_total", \.writtenBytes), ("reads_total", \.reads),
            ("writes_total", \.writes),
        ]
        for (labels, group) in groups.entries.dropFirst() {
            for device in group.io {
                let name = names["\(device.major):\(device.minor)"] ?? ""
                for (field, value) in fields {
                    guard let index = families.firstIndex(where: { $0.name == "container_fs_\(field)" }) else {
                        continue
                    }
                    families[index].add(
                        labels.adding("device", name), Double(device[keyPath: value]), at: group.milliseconds)
                }
            }
        }
        return families + [operations(groups, names)]
    }

    /// Bytes by what was done with them.
    private func operations(_ groups: GroupMetrics, _ names: [String: String]) -> MetricFamily {
        var usage = MetricFamily(
            "container_blkio_device_usage_total", .counter, "Blkio Device bytes usage")
        for disk in disks {
            let operations = [("Read", disk.sectorsRead * 512), ("Write", disk.sectorsWritten * 512)]
            for (operation, bytes) in operations {
                usage.add(
                    Labels.ofGroup(group).adding("device", "/dev/\(disk.name)").adding("major", "\(disk.major)")
                        .adding("minor", "\(disk.minor)").adding("operation", operation), Double(bytes),
                    at: group.milliseconds)
            }
        }
        for (labels, group) in groups.entries.dropFirst() {
            for device in group.io {
                let labels = labels.adding("device", names["\(device.major):\(device.minor)"] ?? "")
                    .adding("major", "\(device.major)").adding("minor", "\(device.minor)")
                let operations = [
                    ("Read", device.readBytes), ("Write", device.writtenBytes), ("Discard", device.discardedBytes),
                ]
                for (operation, bytes) in operations {
                    usage.add(labels.adding("operation", operation), Double(bytes), at: group.milliseconds)
                }
            }
        }
        return usage
    }
}

/// What disks of the machine have done.
private struct DiskMetrics {
    let disks: [DiskCounters]
    let labels: Labels
    let time: Int64

    init(_ disks: [DiskCounters], _ labels: Labels, _ time: Int64) {
        self.disks = disks
        self.labels = labels
        self.time = time
    }

    var families: [MetricFamily] {
        [
            family("reads_total", "Cumulative count of reads completed") { Double($0.reads) },
            family("reads_bytes_total", "Cumulative count of bytes read") { Double($0.sectorsRead * 512) },
            family("reads_merged_total", "Cumulative count of reads merged") { Double($0.readsMerged) },
            family("sector_reads_total", "Cumulative count of sector reads completed") { Double($0.sectorsRead) },
            family("read_seconds_total", "Cumulative count of seconds spent reading") { Double($0.readTime) / 1000 },
            family("writes_total", "Cumulative count of writes completed") { Double($0.writes) },
            family("writes_bytes_total", "Cumulative count of bytes written") { Double($0.sectorsWritten * 512) },
            family("writes_merged_total", "Cumulative count of writes merged") { Double($0.writesMerged) },
            family("sector_writes_total", "Cumulative count of sector writes completed") { Double($0.sectorsWritten) },
            family("write_seconds_total", "Cumulative count of seconds spent writing") {
                Double($0.writeTime) / 1000
            },
            family("io_current", "Number of I/Os currently in progress", .gauge) { Double($0.underWay) },
            family("io_time_seconds_total", "Cumulative count of seconds spent doing I/Os") {
                Double($0.time) / 1000
            },
            family("io_time_weighted_seconds_total", "Cumulative weighted I/O time in seconds") {
                Double($0.weightedTime) / 1000
            },
        ]
    }

    private func family(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind = .counter, _ value: (DiskCounters) -> Double
    ) -> MetricFamily {
        var family = MetricFamily("container_fs_\(name)", kind, help)
        for disk in disks { family.add(labels.adding("device", "/dev/\(disk.name)"), value(disk), at: time) }
        return family
    }
}
