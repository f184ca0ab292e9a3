extension Pod.Container {
    /// How the node finds out whether a container has started, can be asked, or is still alive.
    package struct Probe: Equatable, Sendable {
        /// What an answer decides. In the order in which they come in a container's life.
        package enum Kind: String, Hashable, Sendable, CaseIterable { case startup, readiness, liveness }

        package enum Action: Equatable, Sendable {
            /// As written, with `$(VAR)` not yet expanded.
            case exec([String])
            case http(HTTPProbe)
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

    /// An HTTP request that the node makes to a container.
    package struct HTTPProbe: Equatable, Sendable {
        package enum Scheme: String, Sendable { case http, https }

        package struct Header: Equatable, Sendable {
            package var name: String
            package var value: String
            package init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        package var scheme = Scheme.http
        /// Nil: the pod's address.
        package var host: String?
        package var port: PortReference
        /// With its query.
        package var path = "/"
        package var headers: [Header] = []

        package init(port: PortReference) { self.port = port }
    }

    /// A port by its number, or by the name that the container's ports give it.
    package enum PortReference: Equatable, Sendable {
        case number(UInt16)
        case name(String)
    }

    /// Source: kubernetes `pkg/probe/util.go`, `ResolveContainerPort`: a name that is a number is one.
    package func resolve(_ port: PortReference) -> UInt16? {
        switch port {
        case .number(let number): number
        case .name(let name): ports.first { $0.name == name }?.containerPort ?? UInt16(name)
        }
    }
}

extension Pod {
    /// The containers that probes are for.
    var probed: [Container] { initContainers.filter { $0.role == .sidecar } + containers }
}
