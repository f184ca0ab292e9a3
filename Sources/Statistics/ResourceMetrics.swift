import Cgroups
import Kubernetes

extension NodeStatistics {
    /// What `/metrics/resource` tells: little, and of everything. Names, words and labels are the kubelet's.
    package var resourceMetrics: [MetricFamily] {
        let groups: [(kind: String, of: [(labels: Labels, group: GroupStatistics)])] = [
            ("node", [(Labels(), group)]),
            ("pod", pods.map { (Labels(["namespace": $0.namespace, "pod": $0.name]), $0.group) }),
            ("container", containersWithLabels),
        ]
        var families: [MetricFamily] = []
        for (kind, members) in groups {
            var cpu = MetricFamily(
                "\(kind)_cpu_usage_seconds_total", .counter,
                "[STABLE] Cumulative cpu time consumed by the \(kind) in core-seconds")
            var memory = MetricFamily(
                "\(kind)_memory_working_set_bytes", .gauge,
                "[STABLE] Current working set of the \(kind) in bytes")
            var swap = MetricFamily(
                "\(kind)_swap_usage_bytes", .gauge,
                "[ALPHA] Current \(kind == "node" ? "swap usage of the node" : "amount of the \(kind) swap usage") in bytes."
                    + " Reported only on non-windows systems")
            for (labels, group) in members {
                cpu.add(labels, group.cpu.map { Double($0.usage) / 1e6 }, at: group.milliseconds)
                memory.add(labels, group.memory.map { Double($0.workingSet) }, at: group.milliseconds)
                swap.add(labels, group.memory?.swap.map { Double($0) }, at: group.milliseconds)
            }
            families += [cpu, memory, swap]
        }
        return families + containerFamilies + [
            MetricFamily(
                "resource_scrape_error", .gauge,
                "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise", value: 0)
        ]
    }

    private var containersWithLabels: [(labels: Labels, group: GroupStatistics)] {
        pods.flatMap { pod in
            pod.containers.map {
                (Labels(["container": $0.name, "namespace": pod.namespace, "pod": pod.name]), $0.group)
            }
        }
    }

    private var containerFamilies: [MetricFamily] {
        var started = MetricFamily(
            "container_start_time_seconds", .gauge,
            "[STABLE] Start time of the container since unix epoch in seconds")
        var limit = MetricFamily(
            "container_swap_limit_bytes", .gauge,
            "[ALPHA] Current amount of the container swap limit in bytes. Reported only on non-windows systems")
        for (labels, group) in containersWithLabels {
            started.add(labels, group.started.map { Double($0.microseconds) / 1e6 })
            if case .at(let bytes) = group.memory?.swapLimit {
                limit.add(labels, Double(bytes), at: group.milliseconds)
            }
        }
        return [started, limit]
    }
}

extension GroupStatistics {
    var milliseconds: Int64 { time.microseconds / 1000 }
}
