package import FoundationEssentials
import Kubernetes
package import Linux
package import Server
package import SystemPackage

/// What the kubelet's API asks of the agent: one closure a question, so that a test answers from values.
package struct KubeletControl: Sendable {
    /// Every pod that is wanted or still being taken down.
    package var pods: @Sendable (_ name: PodName?) async throws -> [PodRecord]
    /// One of them, by its UID; `nil`: it is gone. Asked again and again while its log is followed.
    package var pod: @Sendable (_ uid: String) async throws -> PodRecord?
    /// Starts a command in a container of a pod, given by its UID.
    package var exec: @Sendable (_ pod: String, _ container: String, _ request: ExecRequest) async throws -> ExecSession
    /// Watches the own process of a container of a pod, given by its UID, and may feed it.
    package var attach: @Sendable (_ pod: String, _ container: String) async throws -> ExecSession
    /// Connects to a port of a pod, given by its UID, from inside its network.
    package var dial: @Sendable (_ pod: String, _ port: UInt16) async throws -> StreamEnd
    /// The configuration in force, as JSON of a `v1beta1` KubeletConfiguration.
    package var configuration: @Sendable () async throws -> [UInt8]
    /// JSON of a `stats/v1alpha1` Summary.
    package var summary: (@Sendable (_ onlyCPUAndMemory: Bool) async throws -> [UInt8])?
    /// In the text format of Prometheus.
    package var metrics: (@Sendable (MetricsKind) async throws -> [UInt8])?
    /// Takes each request as it begins and ends, and each health check's verdict.
    package var measure: @Sendable (APIMoment) -> Void = { _ in }
    /// Sets how much is logged, as `-v`; `nil`: it cannot be changed.
    package var setVerbosity: (@Sendable (Int) -> Void)?
    /// Each is asked by `/healthz`; what it throws is why it fails.
    package var checks: [HealthCheck] = []
    package var started = Date()
    /// What the agent was told on its command line, for `/flagz`.
    package var flags: [String: String] = [:]
    /// What `/logs/` shows.
    package var logDirectory: FilePath = "/var/log"
    /// Who has a token, as the API server says; `nil` result: nobody. `nil`: there is no API server to ask.
    package var authenticate: (@Sendable (_ token: String) async throws -> User?)?
    /// Whether somebody may do something, as the API server says. `nil`: there is none to ask.
    package var review: (@Sendable (AccessReview) async throws -> Bool)?

    package init(
        pods: @escaping @Sendable (PodName?) async throws -> [PodRecord],
        exec: @escaping @Sendable (String, String, ExecRequest) async throws -> ExecSession,
        attach: @escaping @Sendable (String, String) async throws -> ExecSession,
        dial: @escaping @Sendable (String, UInt16) async throws -> StreamEnd,
        configuration: @escaping @Sendable () async throws -> [UInt8]
    ) {
        self.pods = pods
        pod = { uid in try await pods(nil).first { $0.object.metadata?.uid == uid } }
        self.exec = exec
        self.attach = attach
        self.dial = dial
        self.configuration = configuration
    }
}

/// Which metrics: what stands behind `/metrics`.
package enum MetricsKind: String, Sendable, CaseIterable {
    case own = "", cadvisor, resource, probes, indicators = "slis"
}

/// What is counted of the API itself.
package enum APIMoment: Sendable {
    /// A request of 10250 or of `readOnlyPort`.
    case began(RequestKind)
    case ended(RequestKind, after: Duration)
    case checked(name: String, isGood: Bool)

    /// What of a request metrics tell. Source: kubernetes `pkg/kubelet/server/server.go`, `ServeHTTP`.
    package struct RequestKind: Hashable, Sendable {
        /// `other`: none that HTTP knows.
        package var method: String
        /// Where its path begins; `other`: nowhere that is served.
        package var path: String
        /// Nobody is asked who he is.
        package var isReadOnly: Bool
        /// A stream, or something that takes its time.
        package var isLongRunning: Bool
    }
}

/// A question that `/healthz` asks.
package struct HealthCheck: Sendable {
    package var name: String
    package var ask: @Sendable () async throws -> Void

    package init(_ name: String, _ ask: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.ask = ask
    }
}
