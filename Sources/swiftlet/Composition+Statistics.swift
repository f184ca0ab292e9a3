import APIServer
import FoundationEssentials
import JSONText
import KubeletAPI
import Kubernetes
import Machine
import Node
import OCI
import Pods
import Statistics
import SystemPackage

/// Answers what the node and its pods use, and what was counted.
struct NodeFigures: Sendable {
    let node: String
    let sampler: StatisticsSampler
    let meter: NodeMeter
    let pods: PodManager
    let cluster: Cluster?
    /// Ends of the certificates that the node renews, by the metric that tells how far off they are.
    let certificates: [RenewedCertificate]

    init(
        node: String, machine: Machine, meter: NodeMeter, pods: PodManager, cluster: Cluster?,
        certificates: [RenewedCertificate]
    ) {
        self.certificates = certificates
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
            var families = meter.families(.own) + certificates.map(\.family)
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
            return metricsText(start + meter.families(.probes))
        case .indicators:
            return metricsText(meter.families(.indicators))
        }
    }

    private func ownMetrics(_ entries: [PodManager.Entry], _ statistics: NodeStatistics) async -> NodeMetrics {
        var metrics = NodeMetrics(node: node)
        metrics.gitVersion = "v1.36.2+swiftlet"
        metrics.platform = "linux/\(Platform.current.architecture)"
        metrics.runningPods = statistics.pods.count
        let wanted = await pods.wantedPods
        for entry in entries {
            let isActive = entry.status?.phase != "Failed" && entry.status?.phase != "Succeeded"
            if !entry.isTerminating { metrics.desired.add(isStatic: entry.pod.isStatic) }
            if !entry.isTerminating, isActive { metrics.active.add(isStatic: entry.pod.isStatic) }
            if !entry.waitsForName {
                metrics.working[.init(entry, isOrphan: !wanted.contains(entry.pod.id)), default: 0] += 1
            }
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

extension NodeMetrics.WorkingPods {
    fileprivate init(_ entry: PodManager.Entry, isOrphan: Bool) {
        let hasEnded = entry.status?.phase == "Failed" || entry.status?.phase == "Succeeded"
        self.init(
            hasEnded ? .terminated : entry.isTerminating ? .terminating : .sync, isOrphan: isOrphan,
            isStatic: entry.pod.isStatic)
    }
}

/// A certificate that the node renews.
struct RenewedCertificate: Sendable {
    enum Kind: Sendable { case client, serving }

    var kind: Kind
    var directory: FilePath

    /// How long it is still good. Source: kubernetes `cmd/kubelet/app/server.go`, `pkg/kubelet/certificate/kubelet.go`.
    var family: MetricFamily {
        let end = certificateEnd(in: directory, prefix: kind == .client ? "kubelet-client" : "kubelet-server")
        let left = end.map { $0.timeIntervalSinceNow } ?? .infinity
        let (name, whose, rest) =
            kind == .client
            ? ("client", "TTL (time-to-live) of the Kubelet's client certificate", "client")
            : ("server", "shortest TTL (time-to-live) of the Kubelet's serving certificate", "serving")
        return MetricFamily(
            "kubelet_certificate_manager_\(name)_ttl_seconds", .gauge,
            "[ALPHA] Gauge of the \(whose). The value is in seconds until certificate expiry (negative if already expired). "
                + "If \(rest) certificate is invalid or unused, the value will be +INF.", value: left)
    }
}
