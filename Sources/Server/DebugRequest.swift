/// A container to add to a running pod, to look into it.
package struct DebugRequest: Codable, Equatable, Sendable {
    package var pod: PodName
    package var image: String
    /// Its name; `nil`: the agent finds one.
    package var container: String?
    /// The container whose processes it sees.
    package var target: String?
    /// What it runs; empty: what its image says, or a shell if it is attached.
    package var command: [String]
    /// The caller is the command's terminal: it ends with the command, and the container with it.
    package var isAttached = false

    package init(pod: PodName, image: String, command: [String] = []) {
        self.pod = pod
        self.image = image
        self.command = command
    }
}

/// The answer to one that is not attached.
package struct DebugContainer: Codable, Equatable, Sendable {
    package var pod: String
    package var container: String

    package init(pod: String, container: String) {
        self.pod = pod
        self.container = container
    }
}

/// A container that was added, and what runs in it for whoever asked.
package struct DebugSession: Sendable {
    package var container: String
    /// `nil`: nobody is attached.
    package var session: ExecSession?

    package init(container: String, session: ExecSession? = nil) {
        self.container = container
        self.session = session
    }
}
