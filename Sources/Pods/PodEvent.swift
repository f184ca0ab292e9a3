/// Something that happened to a pod, in the words that the kubelet has for it: what people search for.
///
/// Source: facts of kubelet, §10.7.
package struct PodEvent: Equatable, Sendable {
    package enum Kind: String, Sendable { case normal = "Normal", warning = "Warning" }

    package var kind: Kind
    package var reason: String
    package var message: String
    /// The container it is about; nil: the pod as a whole.
    package var container: String?

    package init(_ kind: Kind, _ reason: String, _ message: String, container: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.message = message
        self.container = container
    }
}

extension PodEvent {
    package static func pulling(_ image: String, for container: String) -> Self {
        Self(.normal, "Pulling", "Pulling image \"\(image)\"", container: container)
    }

    package static func pulled(_ image: String, in time: String, bytes: Int64, for container: String) -> Self {
        Self(
            .normal, "Pulled",
            "Successfully pulled image \"\(image)\" in \(time) (\(time) including waiting). Image size: \(bytes) bytes.",
            container: container)
    }

    package static func present(_ image: String, for container: String) -> Self {
        Self(
            .normal, "Pulled",
            "Container image \"\(image)\" already present on machine and can be accessed by the pod",
            container: container)
    }

    package static func created(_ container: String) -> Self {
        Self(.normal, "Created", "Container created", container: container)
    }

    static func started(_ container: String) -> Self {
        Self(.normal, "Started", "Container started", container: container)
    }

    /// - Parameter isChanged: it is not the pod that ends, but this container, for another image.
    static func killing(_ container: String, isChanged: Bool) -> Self {
        Self(
            .normal, "Killing",
            isChanged
                ? "Container \(container) definition changed, will be restarted" : "Stopping container \(container)",
            container: container)
    }

    package static let deadlineExceeded = Self(
        .normal, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline")

    static func evicted(_ message: String) -> Self { Self(.warning, "Evicted", message) }

    package static func fallsBackToHTTP(_ container: String) -> Self {
        Self(
            .warning, "LifecycleHTTPFallback",
            "request to HTTPS lifecycle hook got HTTP response, retry with HTTP succeeded",
            container: container)
    }

    package static func preStopFailed(_ container: String) -> Self {
        Self(.warning, "FailedPreStopHook", "PreStopHook failed", container: container)
    }

    static let sandboxChanged = Self(
        .normal, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.")
}

extension PodError {
    /// What the failure is told as: first what failed, then what the container's state will say.
    var events: [PodEvent] {
        switch self {
        case .pullImage(let image, let cause), .registryUnavailable(let image, let cause):
            [.init(.warning, "Failed", "Failed to pull image \"\(image)\": \(cause)"), error(reason)]
        case .invalidImageName, .inspectImage: [.init(.warning, "InspectFailed", message), error(reason)]
        case .imageNeverPull: [.init(.warning, "ErrImageNeverPull", message), error(reason)]
        case .containerConfiguration, .createContainer, .runContainer: [error(message)]
        case .createSandbox: [.init(.warning, "FailedCreatePodSandBox", message)]
        case .mountVolume: [.init(.warning, "FailedMount", message)]
        case .stopContainer, .removeSandbox: [.init(.warning, "FailedKillPod", "error killing pod: \(message)")]
        // Told once for the pod, by its worker.
        case .giveBack, .removePod, .resizeContainer, .resizePod: []
        case .postStart: [.init(.warning, "FailedPostStartHook", "PostStartHook failed")]
        }
    }

    private func error(_ text: String) -> PodEvent { PodEvent(.warning, "Failed", "Error: \(text)") }
}
