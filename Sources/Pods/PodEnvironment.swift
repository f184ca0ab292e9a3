package import Kubernetes

/// What every worker of a node shares.
package struct PodEnvironment: Sendable {
    package let runtime: any PodRuntime
    package let sink: any StatusSink
    package let policy: Live<NodePolicy>
    /// What all pods together may ask for, as it is now.
    package let allocatable: @Sendable () -> ResourceAmounts
    /// The node's addresses as they are now; empty while it has none.
    package let hostIPs: @Sendable () -> [String]
    package let clock: any MonotonicClock
    /// The time that people read.
    package let wallClock: @Sendable () -> Time
    /// Asks what a probe asks. Throws when nothing could be asked.
    package let ask: @Sendable (ProbeQuestion) async throws -> ProbeAnswer
    /// The status that an agent before this one told last of a pod.
    package let lastStatus: @Sendable (Pod.ID) async -> PodStatus?
    package let meter: PodMeter
    /// Whether the container's memory may be swapped.
    package let swaps: @Sendable (Pod.Container, Pod) -> Bool

    package init(
        runtime: any PodRuntime, sink: any StatusSink, policy: Live<NodePolicy> = Live(NodePolicy()),
        allocatable: @escaping @Sendable () -> ResourceAmounts = { ResourceAmounts() },
        hostIPs: @escaping @Sendable () -> [String] = { [] },
        clock: any MonotonicClock = ContinuousClock(),
        ask: @escaping @Sendable (ProbeQuestion) async throws -> ProbeAnswer = { _ in ProbeAnswer(.success) },
        lastStatus: @escaping @Sendable (Pod.ID) async -> PodStatus? = { _ in nil }, meter: PodMeter = PodMeter(),
        swaps: @escaping @Sendable (Pod.Container, Pod) -> Bool = { _, _ in false },
        wallClock: @escaping @Sendable () -> Time
    ) {
        self.runtime = runtime
        self.sink = sink
        self.policy = policy
        self.allocatable = allocatable
        self.hostIPs = hostIPs
        self.clock = clock
        self.wallClock = wallClock
        self.ask = ask
        self.lastStatus = lastStatus
        self.meter = meter
        self.swaps = swaps
    }

    /// Sleeps, or returns at once when the task is cancelled.
    func pause(_ duration: Duration) async { await clock.pause(until: clock.now.advanced(by: duration)) }
}

extension Clock {
    fileprivate func pause(until deadline: Instant) async { try? await sleep(until: deadline, tolerance: nil) }
}
