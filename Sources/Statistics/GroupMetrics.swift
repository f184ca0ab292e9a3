import Cgroups
import Kubernetes

/// cAdvisor's families of what groups use.
struct GroupMetrics {
    typealias Entry = (labels: Labels, group: GroupStatistics)

    /// The machine first, then groups above the pods', each pod, and its containers.
    let entries: [Entry]
    private let node: NodeStatistics

    init(_ node: NodeStatistics) {
        self.node = node
        var entries = ([node.group] + node.classes).map { (Labels.ofGroup($0), $0) }
        for pod in node.pods {
            entries.append((Labels.ofGroup(pod.group, pod: pod), pod.group))
            for container in pod.containers {
                entries.append((Labels.ofGroup(container.group, pod: pod, container: container), container.group))
            }
        }
        self.entries = entries
    }

    private func family(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, isTimed: Bool = true,
        _ value: (GroupStatistics) -> Double?
    ) -> MetricFamily {
        var family = MetricFamily("container_\(name)", kind, help)
        for (labels, group) in entries {
            family.add(labels, value(group), at: isTimed ? group.milliseconds : nil)
        }
        return family
    }

    private func family(
        _ name: String, _ kind: MetricFamily.Kind, _ help: String, by label: String,
        _ values: (GroupStatistics) -> [(String, UInt64)]
    ) -> MetricFamily {
        var family = MetricFamily("container_\(name)", kind, help)
        for (labels, group) in entries {
            for (name, value) in values(group) {
                family.add(labels.adding(label, name), Double(value), at: group.milliseconds)
            }
        }
        return family
    }

    private func seconds(_ microseconds: UInt64) -> Double { Double(microseconds) / 1e6 }

    var processors: [MetricFamily] {
        var usage = MetricFamily(
            "container_cpu_usage_seconds_total", .counter, "Cumulative cpu time consumed in seconds.")
        for (labels, group) in entries {
            usage.add(labels.adding("cpu", "total"), group.cpu.map { seconds($0.usage) }, at: group.milliseconds)
        }
        return [
            usage,
            family("cpu_user_seconds_total", .counter, "Cumulative user cpu time consumed in seconds.") {
                $0.cpu.map { seconds($0.user) }
            },
            family("cpu_system_seconds_total", .counter, "Cumulative system cpu time consumed in seconds.") {
                $0.cpu.map { seconds($0.system) }
            },
            // Told of groups with a quota, as cAdvisor does.
            family("cpu_cfs_periods_total", .counter, "Number of elapsed enforcement period intervals.") {
                $0.limitedCPU.map { Double($0.periods) }
            },
            family("cpu_cfs_throttled_periods_total", .counter, "Number of throttled period intervals.") {
                $0.limitedCPU.map { Double($0.throttledPeriods) }
            },
            family("cpu_cfs_throttled_seconds_total", .counter, "Total time duration the container has been throttled.")
            {
                $0.limitedCPU.map { seconds($0.throttled) }
            },
            unmeasured("cpu_load_average_10s", "Value of container cpu load average over the last 10 seconds.", 0),
            unmeasured("cpu_load_d_average_10s", "Value of container cpu load.d average over the last 10 seconds.", 0),
        ]
    }

    /// What cAdvisor tells with the kubelet's settings although nobody measures it: of the machine only.
    private func unmeasured(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        var family = MetricFamily("container_\(name)", .gauge, help)
        family.add(entries[0].labels, value, at: entries[0].group.milliseconds)
        return family
    }

    var memory: [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: (MemoryUsage) -> UInt64?) -> MetricFamily {
            family("memory_\(name)", .gauge, help) { $0.memory.flatMap(value).map { Double($0) } }
        }
        return [
            gauge("cache", "Number of bytes of page cache memory.") { $0.statistics.file },
            gauge("rss", "Size of RSS in bytes.") { $0.statistics.anonymous },
            gauge("mapped_file", "Size of memory mapped files in bytes.") { $0.statistics.all["file_mapped"] },
            gauge("swap", "Container swap usage in bytes.") { $0.swap },
            gauge(
                "usage_bytes", "Current memory usage in bytes, including all memory regardless of when it was accessed"
            ) {
                $0.current
            },
            gauge("max_usage_bytes", "Maximum memory usage recorded in bytes") { $0.peak },
            gauge("working_set_bytes", "Current working set in bytes.") { $0.workingSet },
            gauge("kernel_usage", "Size of kernel memory allocated in bytes.") { $0.statistics.kernel },
            gauge("total_active_file_bytes", "Current total active file in bytes.") {
                $0.statistics.all["active_file"]
            },
            gauge("total_inactive_file_bytes", "Current total inactive file in bytes.") { $0.statistics.inactiveFile },
            family("memory_failcnt", .counter, "Number of memory usage hits limits") {
                $0.memoryEvents.map { Double($0.max) }
            },
            family("oom_events_total", .counter, "Count of out of memory events observed for the container") {
                $0.memoryEvents.map { Double($0.killed) }
            },
            failures,
        ]
    }

    private var failures: MetricFamily {
        var family = MetricFamily(
            "container_memory_failures_total", .counter, "Cumulative count of memory allocation failures.")
        for (labels, group) in entries {
            guard let memory = group.memory?.statistics else { continue }
            for (type, count) in [("pgfault", memory.pageFaults), ("pgmajfault", memory.majorPageFaults)] {
                for scope in ["container", "hierarchy"] {
                    family.add(
                        labels.adding("failure_type", type).adding("scope", scope), Double(count),
                        at: group.milliseconds)
                }
            }
        }
        return family
    }

    var pressure: [MetricFamily] {
        [Pressure.Resource.cpu, .memory, .io].flatMap { resource in
            let name = resource == .io ? "I/O" : resource == .cpu ? "CPU" : "memory"
            return [
                family(
                    "pressure_\(resource.rawValue)_waiting_seconds_total", .counter,
                    "Total time duration tasks in the container have waited due to \(name) congestion."
                ) { $0.pressure[resource].map { seconds($0.some.total) } },
                family(
                    "pressure_\(resource.rawValue)_stalled_seconds_total", .counter,
                    "Total time duration no tasks in the container could make progress due to \(name) congestion."
                ) { $0.pressure[resource].map { seconds($0.full.total) } },
            ]
        }
    }

    var tasks: [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: (ProcessCounts) -> UInt64?) -> MetricFamily {
            family(name, .gauge, help) { $0.processes.flatMap(value).map { Double($0) } }
        }
        return [
            gauge("processes", "Number of processes running inside the container.") { $0.processes },
            gauge("threads", "Number of threads running inside the container") { $0.threads },
            gauge("file_descriptors", "Number of open file descriptors for the container.") { $0.descriptors },
            gauge("sockets", "Number of open sockets for the container.") { $0.sockets },
            family(
                "threads_max", .gauge,
                "Maximum number of threads allowed inside the container, infinity if value is zero"
            ) {
                guard let limit = $0.pids?.limit else { return nil }
                return if case .at(let most) = limit { Double(most) } else { 0 }
            },
            family("tasks_state", .gauge, "Number of tasks in given state", by: "state") {
                ($0.processes?.states ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            },
            family(
                "ulimits_soft", .gauge,
                "Soft ulimit values for the container root process. Unlimited if -1, except priority and nice",
                by: "ulimit"
            ) {
                $0.processes?.openFilesLimit.map { [("max_open_files", $0)] } ?? []
            },
        ]
    }

    /// Without times: they change when somebody changes them.
    var limits: [MetricFamily] {
        func gauge(_ name: String, _ help: String, _ value: (GroupStatistics) -> UInt64?) -> MetricFamily {
            family("spec_\(name)", .gauge, help, isTimed: false) { value($0).map { Double($0) } }
        }
        func bytes(_ limit: Limit?) -> UInt64 { if case .at(let bytes) = limit { bytes } else { 0 } }
        return [
            gauge("cpu_period", "CPU period of the container.") { $0.quota?.period },
            gauge("cpu_quota", "CPU quota of the container.") { $0.quota?.quota },
            gauge("cpu_shares", "CPU share of the container.") { $0.weight.map { CPUShares(weight: $0).value } },
            gauge("memory_limit_bytes", "Memory limit for the container.") { group in
                group.memory.map { _ in group.memoryLimit ?? 0 }
            },
            gauge("memory_swap_limit_bytes", "Memory swap limit for the container.") { group in
                group.memory.flatMap { memory in memory.swapLimit.map { bytes($0) } }
            },
            gauge("memory_reservation_limit_bytes", "Memory reservation limit for the container.") {
                $0.memoryReservation
            },
        ]
    }

    var moments: [MetricFamily] {
        [
            family("last_seen", .gauge, "Last time a container was seen by the exporter") {
                Double($0.milliseconds / 1000)
            },
            family(
                "start_time_seconds", .gauge, "Start time of the container since unix epoch in seconds.", isTimed: false
            ) {
                $0.started.map { Double($0.microseconds / 1_000_000) }
            },
            // No container has a health check beside its probes.
            unmeasured("health_state", "The result of the container's health check", -1),
            MetricFamily(
                "container_scrape_error", .gauge,
                "1 if there was an error while getting container metrics, 0 otherwise", value: 0),
        ]
    }
}

extension GroupStatistics {
    fileprivate var limitedCPU: CPUStatistics? { quota?.quota == nil ? nil : cpu }
}

extension Labels {
    /// cAdvisor's, of a pod's group and of a container's too: all are always there.
    static func ofGroup(
        _ group: GroupStatistics, pod: PodStatistics? = nil, container: ContainerStatistics? = nil
    ) -> Labels {
        Labels([
            "container": container?.name ?? "", "id": group.path, "image": container?.image ?? "",
            "name": container?.id ?? "", "namespace": pod?.namespace ?? "", "pod": pod?.name ?? "",
        ])
    }
}
