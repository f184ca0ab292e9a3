import APIServer
import JSONText
import KubeletAPI
import Kubernetes
import Machine
import Node
import OCI
import Pods
import Statistics

/// Answers what the node and its pods use, and what was counted.
struct NodeFigures: Sendable {
    let node: String
    let sampler: StatisticsSampler
    let meter: NodeMeter
    let pods: PodManager
    let cluster: Cluster?

    init(node: String, machine: Machine, meter: NodeMeter, pods: PodManager, cluster: Cluster?) {
        self.node = node
        self.meter = meter
        self.pods = pods
        self.cluster = cluster
        sampler = StatisticsSampler(machine: machine, name: node)
    }

    func summary(onlyCPUAndMemory: Bool) async throws -> [UInt8] {
        let statistics = try await sampler.statistics(
            of: await pods.list(), with: onlyCPUAndMemory ? [.details] : [.details, .disks])
        return statistics.summary(onlyCPUAndMemory: onlyCPUAndMemory).encoded
    }

    func metrics(_ kind: MetricsKind) async throws -> [UInt8] {
        let entries = await pods.list()
        switch kind {
        case .own:
            let statistics = try await sampler.statistics(of: entries, with: [.disks])
            var families = meter.families(CountedMetric.allCases.filter { !$0.isOfProbes })
            families += await ownMetrics(entries, statistics).families + statistics.diskMetrics
            if let client = cluster?.client { families.append(requests(await client.answers)) }
            return metricsText(families + (ProcessFacts.ofThisProcess?.families ?? []))
        case .cadvisor:
            let statistics = try await sampler.statistics(of: entries, with: [.details, .disks, .processes])
            return metricsText(statistics.containerMetrics)
        case .resource:
            return metricsText(try await sampler.statistics(of: entries).resourceMetrics)
        case .probes:
            let start = ProcessFacts.ofThisProcess.map { [$0.startTime] } ?? []
            return metricsText(start + meter.families(CountedMetric.allCases.filter(\.isOfProbes)))
        }
    }

    private func ownMetrics(_ entries: [PodManager.Entry], _ statistics: NodeStatistics) async -> NodeMetrics {
        var metrics = NodeMetrics(node: node)
        metrics.gitVersion = "v1.36.2+swiftlet"
        metrics.platform = "linux/\(Platform.current.architecture)"
        metrics.runningPods = statistics.pods.count
        for entry in entries {
            let isActive = entry.status?.phase != "Failed" && entry.status?.phase != "Succeeded"
            if !entry.isTerminating { metrics.desired.add(isStatic: entry.pod.isStatic) }
            if !entry.isTerminating, isActive { metrics.active.add(isStatic: entry.pod.isStatic) }
            metrics.ephemeralContainers += entry.status?.ephemeralContainerStatuses?.count ?? 0
            for status in entry.status?.allContainerStatuses ?? [] {
                if status.state?.running != nil { metrics.containers["running", default: 0] += 1 }
                if status.state?.terminated != nil { metrics.containers["exited", default: 0] += 1 }
            }
        }
        metrics.mirrors = await cluster?.mirrors.count
        return metrics
    }

    /// Source: client-go, `rest_client_requests_total`.
    private func requests(_ answers: [APIAnswer: Int]) -> MetricFamily {
        let sorted = answers.sorted { ($0.key.method, $0.key.code) < ($1.key.method, $1.key.code) }
        return MetricFamily(
            "rest_client_requests_total", .counter,
            "[ALPHA] Number of HTTP requests, partitioned by status code, method, and host.",
            sorted.map { answer, count in
                MetricFamily.Sample(
                    labels: Labels(["code": answer.code, "host": answer.host, "method": answer.method]),
                    value: Double(count))
            })
    }
}
