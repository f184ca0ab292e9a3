package import Containers
package import OCI
package import Pods

extension UserRequest {
    /// Who the container's process shall be: as the pod says, else as the image says, else root.
    ///
    /// - Throws: ``ContainerConfigurationError`` when the pod wants no root and that cannot be had.
    package init(of container: Pod.Container, in pod: Pod, image: ImageConfig.Execution?) throws {
        let security = container.security
        self = try UserRequest.parse(image: image?.user ?? "")
        if let user = security.runAsUser {
            // The image's group belongs to the image's user.
            self = UserRequest(user: .id(user))
        }
        if let group = security.runAsGroup { self.group = .id(group) }
        additionalGroups = security.supplementalGroups
        guard security.runAsNonRoot else { return }
        refusesRoot = true
        let place = "(pod: \"\(pod.name)_\(pod.namespace)(\(pod.id))\", container: \(container.name))"
        switch user {
        case .id(0) where security.runAsUser != nil:
            throw ContainerConfigurationError("container's runAsUser breaks non-root policy \(place)")
        case .id(0):
            throw ContainerConfigurationError("container has runAsNonRoot and image will run as root \(place)")
        case .name(let name):
            throw ContainerConfigurationError(
                "container has runAsNonRoot and image has non-numeric user (\(name)), cannot verify user is non-root"
                    + " \(place)")
        case .id: break
        }
    }
}

extension RuntimeSpec.Capabilities {
    /// The sets of a container's first process. Nothing is inheritable or ambient: a process that is not root keeps
    /// capabilities only as a bound for programs that have some of their own (CVE-2022-29162).
    package init(_ security: Pod.Container.SecurityContext) throws {
        let set =
            security.isPrivileged
            ? Containers.Capabilities.all
            : try Containers.Capabilities.containerDefaults.adding(
                security.addedCapabilities, dropping: security.droppedCapabilities)
        self.init(bounding: set.names, effective: set.names, permitted: set.names)
    }
}

extension RuntimeSpec.Seccomp {
    /// The profile of a container; `nil`: not confined.
    package init?(of security: Pod.Container.SecurityContext, byDefault: Bool) throws {
        if security.isPrivileged { return nil }
        switch security.seccomp ?? (byDefault ? .runtimeDefault : .unconfined) {
        case .unconfined: return nil
        case .runtimeDefault:
            let set = try Containers.Capabilities.containerDefaults.adding(
                security.addedCapabilities, dropping: security.droppedCapabilities)
            self = DefaultSeccompProfile.profile(capabilities: set)
        }
    }
}

/// What a pod or image asks for and no container can be made of: the API's `CreateContainerConfigError`.
package struct ContainerConfigurationError: Error, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
