import KubeletAPI
import Statistics

extension NodeMeter {
    /// What is asked of the node over the network.
    func take(_ moment: APIMoment) {
        record { counters, _, _ in
            switch moment {
            case .began(let kind):
                counters.count(.httpRequests, kind.labels)
                counters.add(.httpInFlight, 1, kind.labels)
            case .ended(let kind, let duration):
                counters.add(.httpInFlight, -1, kind.labels)
                counters.observe(.httpDuration, duration, kind.labels)
            case .checked(let name, let isGood):
                counters.set(.healthCheck, isGood ? 1 : 0, Labels(["name": name, "type": "healthz"]))
                counters.count(
                    .healthChecks, Labels(["name": name, "status": isGood ? "success" : "error", "type": "healthz"]))
            }
        }
    }
}

extension APIMoment.RequestKind {
    fileprivate var labels: Labels {
        Labels([
            "long_running": "\(isLongRunning)", "method": method, "path": path,
            "server_type": isReadOnly ? "readonly" : "readwrite",
        ])
    }
}
