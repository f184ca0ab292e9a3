/// When a node came past what is on its way into the cluster. Only one that is new to the cluster is measured.
///
/// Source: kubernetes `pkg/kubelet/util/node_startup_latency_tracker.go`.
package struct NodeStartup: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// A stretch of that way.
    package enum Part: Sendable { case beforeAgent, beforeRegistration, registration, afterRegistration, whole }

    private let began: Instant
    private var registering: Instant?
    private var registered: Instant?
    private var isReady = false

    /// - Parameter began: when the agent was started.
    package init(began: Instant = .now) { self.began = began }

    /// Returns what is known from now on.
    ///
    /// - Parameter boot: when the machine was started.
    package mutating func pass(
        _ moment: NodeReporter.StartupMoment, at now: Instant, boot: Instant
    ) -> [(part: Part, duration: Duration)] {
        switch moment {
        case .registering:
            registering = registering ?? now
        case .registered:
            guard registered == nil, let registering else { return [] }
            registered = now
            return [
                (.beforeAgent, boot.duration(to: began)), (.beforeRegistration, began.duration(to: registering)),
                (.registration, registering.duration(to: now)),
            ]
        case .ready:
            guard !isReady, let registered else { return [] }
            isReady = true
            return [(.afterRegistration, registered.duration(to: now)), (.whole, boot.duration(to: now))]
        }
        return []
    }
}
