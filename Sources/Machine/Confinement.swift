import Containers
import OCI
import Pods

extension Pod.Container.SecurityContext {
    /// What the container may do of what root may. Source: facts of kubelet, §9.1.
    var capabilities: Capabilities {
        get throws(UnknownCapability) {
            if isPrivileged { return .all }
            return try Capabilities.containerDefaults.adding(addedCapabilities, dropping: droppedCapabilities)
        }
    }
}

extension Machine {
    /// The filter that the container's profile asks for; a privileged container has none.
    func seccompFilter(of container: Pod.Container) async throws -> SeccompFilter? {
        let security = container.security
        if security.isPrivileged { return nil }
        let profile = security.seccomp ?? (settings.seccompDefault ? .runtimeDefault : .unconfined)
        return try await seccompFilter(profile, capabilities: security.capabilities)
    }

    /// Source: facts of kubelet, §9.1.
    func seccompFilter(
        _ profile: Pod.Container.SecurityContext.Seccomp, capabilities: Capabilities
    ) async throws -> SeccompFilter? {
        guard profile == .runtimeDefault else { return nil }
        return try await seccomp.filter(for: DefaultSeccompProfile.profile(capabilities: capabilities))
    }
}
