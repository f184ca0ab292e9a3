/// Why a step for a pod failed, with the reason that the Kubernetes API knows for it.
///
/// The only place where the API's reasons for a failed start are written.
package enum PodError: Error {
    case pullImage(String, cause: any Error)
    case registryUnavailable(String, cause: any Error)
    case invalidImageName(String, cause: any Error)
    case imageNeverPull(String)
    case inspectImage(String, cause: any Error)
    /// The container cannot be made from what the pod asks for, e.g. a missing host path or a root image
    /// with `runAsNonRoot`.
    case containerConfiguration(String, cause: any Error)
    case createContainer(String, cause: any Error)
    case runContainer(String, cause: any Error)
    /// The container runs, but what should have been done after its start was not.
    case postStart(String, cause: any Error)
    case resizeContainer(String, cause: any Error)
    /// The pod as a whole cannot be given other amounts.
    case resizePod(cause: any Error)
    case createSandbox(cause: any Error)
    /// A volume of the pod cannot be had.
    case mountVolume(String, cause: any Error)
    case stopContainer(String, cause: any Error)
    case removeSandbox(cause: any Error)
    case giveBack(cause: any Error)
    case removePod(cause: any Error)

    /// What `kubectl describe` shows, e.g. as `state.waiting.reason`.
    package var reason: String {
        switch self {
        case .pullImage: "ErrImagePull"
        case .registryUnavailable: "RegistryUnavailable"
        case .invalidImageName: "InvalidImageName"
        case .imageNeverPull: "ErrImageNeverPull"
        case .inspectImage: "ImageInspectError"
        case .containerConfiguration: "CreateContainerConfigError"
        case .createContainer: "CreateContainerError"
        case .runContainer: "RunContainerError"
        case .postStart: "PostStartHookError"
        case .resizeContainer, .resizePod: "Error"
        case .createSandbox: "FailedCreatePodSandBox"
        case .mountVolume: "FailedMount"
        case .stopContainer: "FailedKillPod"
        case .removeSandbox: "FailedKillPod"
        case .giveBack, .removePod: "FailedCleanUp"
        }
    }

    /// What the API shows beside the reason.
    package var message: String {
        switch self {
        case .imageNeverPull(let image):
            "Container image \"\(image)\" is not present with pull policy of Never"
        case .registryUnavailable(let image, let cause):
            "image pull failed for \(image) because the registry is unavailable: \(cause)"
        case .invalidImageName(let image, let cause):
            "Failed to apply default image tag \"\(image)\": \(cause)"
        case .createSandbox(let cause): "Failed to create pod sandbox: \(cause)"
        case .mountVolume(let name, let cause): "MountVolume.SetUp failed for volume \"\(name)\" : \(cause)"
        case .inspectImage(let image, let cause): "Failed to inspect image \"\(image)\": \(cause)"
        case .pullImage(let image, let cause): "failed to pull image \"\(image)\": \(cause)"
        case .containerConfiguration(_, let cause), .createContainer(_, let cause), .runContainer(_, let cause),
            .postStart(_, let cause), .resizeContainer(_, let cause),
            .resizePod(let cause), .stopContainer(_, let cause), .removeSandbox(let cause),
            .giveBack(let cause), .removePod(let cause):
            "\(cause)"
        }
    }
}

extension PodError: CustomStringConvertible {
    /// One line from the outside in: `start container app: mount proc on /proc: Permission denied`.
    package var description: String {
        switch self {
        case .pullImage(let image, let cause), .registryUnavailable(let image, let cause): "pull \(image): \(cause)"
        case .invalidImageName(let image, let cause): "image name \(image): \(cause)"
        case .imageNeverPull(let image): "image \(image): not present, and its pull policy is Never"
        case .inspectImage(let image, let cause): "look up image \(image): \(cause)"
        case .containerConfiguration(let name, let cause): "configure container \(name): \(cause)"
        case .createContainer(let name, let cause): "create container \(name): \(cause)"
        case .runContainer(let name, let cause): "start container \(name): \(cause)"
        case .postStart(let name, let cause): "after the start of container \(name): \(cause)"
        case .resizeContainer(let name, let cause): "resize container \(name): \(cause)"
        case .resizePod(let cause): "resize pod: \(cause)"
        case .createSandbox(let cause): "create sandbox: \(cause)"
        case .mountVolume(let name, let cause): "mount volume \(name): \(cause)"
        case .stopContainer(let name, let cause): "stop container \(name): \(cause)"
        case .removeSandbox(let cause): "remove sandbox: \(cause)"
        case .giveBack(let cause): "give back what the ended pod held: \(cause)"
        case .removePod(let cause): "remove pod: \(cause)"
        }
    }
}
