extension PodManager {
    /// What pods refer to has changed: those that waited for it need not wait longer.
    package func tryAgain() async {
        for worker in workers.values { await worker.tryAgain() }
    }
}

extension Termination {
    /// It took more of the node than it may. Source: kubernetes `pkg/kubelet/eviction`: one second to leave.
    package static func eviction(_ message: String) -> Self {
        var termination = Self(grace: .seconds(1), reason: "Evicted", message: message, removesEverything: false)
        termination.disruption = message
        return termination
    }
}
