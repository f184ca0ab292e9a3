/// What an OCI runtime tells of a container: to `state`, to hooks on their standard input.
///
/// Source: runtime-spec, runtime.md, "State".
package struct RuntimeState: Codable, Equatable, Sendable {
    package enum Status: String, Codable, Sendable { case creating, created, running, stopped }
    package var ociVersion: String
    package var id: String
    package var status: Status
    /// As the runtime's PID namespace numbers it; absent when there is no process.
    package var pid: Int32?
    /// Absolute.
    package var bundle: String
    package var annotations: [String: String]?

    package init(
        ociVersion: String, id: String, status: Status, pid: Int32? = nil, bundle: String,
        annotations: [String: String]? = nil
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }
}

/// What goes to a seccomp listener's socket together with the descriptor.
///
/// Source: runtime-spec, config-linux.md, "The Container Process State".
package struct ContainerProcessState: Codable, Equatable, Sendable {
    package var ociVersion: String
    /// Names of the descriptors that come along, in their order.
    package var fds: [String]
    package var pid: Int32
    package var metadata: String?
    package var state: RuntimeState

    package init(listenerOf pid: Int32, metadata: String?, state: RuntimeState) {
        ociVersion = state.ociVersion
        fds = ["seccompFd"]
        self.pid = pid
        self.metadata = metadata
        self.state = state
    }
}
