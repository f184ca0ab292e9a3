package import Kubernetes

/// What every worker of a node shares.
package struct PodEnvironment: Sendable {
    package let runtime: any PodRuntime
    package let sink: any StatusSink
    package let policy: Live<NodePolicy>
    /// The node's addresses; empty when the node stands alone.
    package let hostIPs: [String]
    package let clock: any MonotonicClock
    /// The time that people read.
    package let wallClock: @Sendable () -> Time

    package init(
        runtime: any PodRuntime, sink: any StatusSink, policy: Live<NodePolicy> = Live(NodePolicy()),
        hostIPs: [String] = [],
        clock: any MonotonicClock = ContinuousClock(), wallClock: @escaping @Sendable () -> Time
    ) {
        self.runtime = runtime
        self.sink = sink
        self.policy = policy
        self.hostIPs = hostIPs
        self.clock = clock
        self.wallClock = wallClock
    }

    /// Sleeps, or returns at once when the task is cancelled.
    func pause(_ duration: Duration) async { await clock.pause(until: clock.now.advanced(by: duration)) }
}

extension Clock {
    fileprivate func pause(until deadline: Instant) async { try? await sleep(until: deadline, tolerance: nil) }
}
