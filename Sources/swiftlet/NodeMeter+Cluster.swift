import APIServer
import FoundationEssentials
import Kubernetes
import Linux
import Node
import Pods
import Statistics

// What is counted of the node itself, and of pods as the cluster sees them.

extension NodeMeter {
    func count(_ metric: CountedMetric, _ labels: Labels = Labels()) {
        record { counters, _, _ in counters.count(metric, labels) }
    }

    func observe(_ metric: CountedMetric, _ duration: Duration, _ labels: Labels = Labels()) {
        record { counters, _, _ in counters.observe(metric, duration, labels) }
    }

    /// In seconds since 1970.
    func setToNow(_ metric: CountedMetric) {
        record { counters, _, _ in counters.set(metric, Date().timeIntervalSince1970) }
    }

    // MARK: Images

    func pulled(in duration: Duration, bytes: UInt64) {
        observe(.imagePulls, duration, Labels(["image_size_in_bytes": imageSizeClass(bytes)]))
    }

    func asked(provider: String, in duration: Duration, hasFailed: Bool) {
        let labels = Labels(["plugin_name": provider])
        observe(.providerDuration, duration, labels)
        if hasFailed { count(.providerErrors, labels) }
    }

    // MARK: The cluster

    func asked(server: String, method: String, in duration: Duration) {
        observe(.serverRequestDuration, duration, Labels(["host": server, "verb": method]))
    }

    func passed(servingCertificate moment: CertificateMoment) {
        switch moment {
        case .failed: count(.servingRenewErrors)
        case .replaced(let age): observe(.servingRotation, age)
        }
    }

    /// The node's pods at the server: from their creation until they are seen to run there is their start.
    func take(_ pods: [ServerPod], at now: Date) {
        record { counters, starts, _ in
            for start in starts.take(pods, at: now) {
                counters.observe(.podStartTotal, start.total)
                counters.observe(.podStartSLI, start.own)
            }
        }
    }

    func note(_ event: PodEvent, of pod: Pods.Pod) {
        guard let container = event.container, ["Pulling", "Pulled", "Failed"].contains(event.reason) else { return }
        record { _, starts, _ in
            starts.pulls(event.reason == "Pulling", container: container, of: pod.id, at: .now)
        }
    }

    /// What the node comes past on its way into the cluster.
    func passed(_ moment: NodeReporter.StartupMoment) {
        let boot = bootInstant(nanoseconds: 0)
        record { counters, _, startup in
            for (part, duration) in startup.pass(moment, at: .now, boot: boot) {
                counters.set(part.metric, duration / .seconds(1))
            }
        }
    }
}

extension NodeStartup.Part {
    fileprivate var metric: CountedMetric {
        switch self {
        case .beforeAgent: .startupBeforeAgent
        case .beforeRegistration: .startupBeforeRegistration
        case .registration: .startupRegistration
        case .afterRegistration: .startupAfterRegistration
        case .whole: .startup
        }
    }
}
