package import Kubernetes
package import SystemPackage

/// What the agent knows of one pod, as it hands it to the control socket.
package struct PodRecord: Sendable {
    /// The log files of a container's instances.
    package struct Logs: Equatable, Sendable {
        /// Of the newest instance, running or not.
        package var current: FilePath?
        /// Of the instance before it.
        package var previous: FilePath?

        package init(current: FilePath? = nil, previous: FilePath? = nil) {
            self.current = current
            self.previous = previous
        }
    }

    /// Metadata, the spec as it was accepted, the status as it is now.
    package var object: Pod
    /// Those of a container. They and what follows are looked up when they are wanted: most questions are about
    /// something else, and every question looks through all pods.
    package var logs: @Sendable (_ container: String) throws -> Logs
    /// What happened to it lately, oldest first.
    package var events: @Sendable () async -> [EventView]
    package var probes: @Sendable () async -> [ProbeView]

    package init(
        object: Pod, logs: @escaping @Sendable (_ container: String) throws -> Logs = { _ in Logs() },
        events: @escaping @Sendable () async -> [EventView] = { [] },
        probes: @escaping @Sendable () async -> [ProbeView] = { [] }
    ) {
        self.object = object
        self.logs = logs
        self.events = events
        self.probes = probes
    }
}

/// The answer about one pod: for people, and as the API's object.
package struct PodDetail: Codable, Equatable, Sendable {
    package var view: PodView
    package var object: Pod
    package var events: [EventView]
    /// With what they were answered lately. An agent before this client tells none.
    package var probes: [ProbeView]?

    package init(_ record: PodRecord) async {
        view = PodView(record.object)
        object = record.object
        object.apiVersion = "v1"
        object.kind = "Pod"
        events = await record.events()
        let probes = await record.probes()
        self.probes = probes.isEmpty ? nil : probes
    }
}
