extension Pod.Container {
    /// How the node finds out whether a container has started, can be asked, or is still alive.
    package struct Probe: Equatable, Sendable {
        /// What an answer decides. In the order in which they come in a container's life.
        package enum Kind: String, Hashable, Sendable, CaseIterable { case startup, readiness, liveness }

        package enum Action: Equatable, Sendable {
            /// As written, with `$(VAR)` not yet expanded.
            case exec([String])
            case http(HTTPGet)
            /// No host: the pod's address.
            case tcp(host: String?, port: PortReference)
            /// The service as in `grpc.health.v1`; empty: the server as a whole.
            case grpc(port: UInt16, service: String)
        }

        package var action: Action
        package var initialDelay = Duration.zero
        package var period = Duration.seconds(10)
        package var timeout = Duration.seconds(1)
        /// Answers in a row that make a verdict.
        package var successThreshold = 1
        package var failureThreshold = 3
        /// For the container that this probe ends; nil: the pod's.
        package var terminationGracePeriod: Duration?

        package init(_ action: Action) { self.action = action }
    }
}

extension Pod {
    /// The containers that probes are for.
    var probed: [Container] { initContainers.filter { $0.role == .sidecar } + containers }
}
