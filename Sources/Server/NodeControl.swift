/// What the control socket asks of the agent: one closure a question, so that a test answers from values.
///
/// Errors that a client should tell apart are ``ControlError``s; any other is shown as its description.
package struct NodeControl: Sendable {
    /// Takes what has happened so far. May be called from anywhere, as often as one likes: only the newest is sent.
    package typealias Progress = @Sendable (PullEvent) -> Void

    package var status: @Sendable () async throws -> NodeStatusView
    /// Pods that are wanted or still being taken down: those that a name may mean (``PodName/mayMean(_:in:uid:)``), or all.
    package var pods: @Sendable (_ name: PodName?) async throws -> [PodRecord]
    /// Starts a command in a container of a pod, given by its UID.
    package var exec: @Sendable (_ pod: String, _ container: String, _ request: ExecRequest) async throws -> ExecSession
    /// Asks probes of a pod, given by its UID.
    package var probe: @Sendable (_ pod: String, _ request: ProbeRequest) async throws -> [ProbeNowView]
    /// Adds a container to a pod, given by its UID.
    package var debug: @Sendable (_ pod: String, _ request: DebugRequest) async throws -> DebugSession
    package var images: @Sendable () async throws -> [ImageView]
    package var pullImage: @Sendable (_ reference: String, _ progress: @escaping Progress) async throws -> ImageView
    package var importImages: @Sendable (_ path: String, _ progress: @escaping Progress) async throws -> [ImageView]
    package var removeImage: @Sendable (_ reference: String) async throws -> ImageView

    package init(
        status: @escaping @Sendable () async throws -> NodeStatusView,
        pods: @escaping @Sendable (PodName?) async throws -> [PodRecord],
        exec: @escaping @Sendable (String, String, ExecRequest) async throws -> ExecSession,
        probe: @escaping @Sendable (String, ProbeRequest) async throws -> [ProbeNowView],
        debug: @escaping @Sendable (String, DebugRequest) async throws -> DebugSession,
        images: @escaping @Sendable () async throws -> [ImageView],
        pullImage: @escaping @Sendable (String, @escaping Progress) async throws -> ImageView,
        importImages: @escaping @Sendable (String, @escaping Progress) async throws -> [ImageView],
        removeImage: @escaping @Sendable (String) async throws -> ImageView
    ) {
        self.status = status
        self.pods = pods
        self.exec = exec
        self.probe = probe
        self.debug = debug
        self.images = images
        self.pullImage = pullImage
        self.importImages = importImages
        self.removeImage = removeImage
    }
}
