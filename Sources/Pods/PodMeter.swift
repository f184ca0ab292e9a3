/// Counts what happens to pods, for whoever watches the node from outside.
package struct PodMeter: Sendable {
    /// A pod's worker has looked at it and done what there was to do.
    package var synced: @Sendable (Desired, Duration) -> Void = { _, _ in }
    /// A probe was asked as its time had come; without an answer nobody could be asked.
    package var probed: @Sendable (ProbeQuestion, Pod.Container.Probe.Kind, ProbeAnswer?, Duration) -> Void = {
        _, _, _, _ in
    }
    /// A pod that was to go came back before it had gone.
    package var restarted: @Sendable (Pod) -> Void = { _ in }
    /// A pod is ended so that a critical one fits; which resource was missing first.
    package var preempted: @Sendable (_ resource: String) -> Void = { _ in }

    package init() {}
}
