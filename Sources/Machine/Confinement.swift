import Containers
import OCI
import Pods

extension Pod.Container.SecurityContext {
    /// What the container may do of what root may. Source: facts of kubelet, §9.1.
    var capabilities: Capabilities {
        get throws(UnknownCapability) {
            if isPrivileged { return .available }
            return try Capabilities.containerDefaults.adding(addedCapabilities, dropping: droppedCapabilities)
        }
    }
}

extension Machine {
    /// The filter that the pod's profile asks for; a privileged container has none. Source: facts of kubelet, §9.1.
    func seccompFilter(
        privileged: Bool, _ profile: Pod.Container.SecurityContext.Seccomp, capabilities: Capabilities
    ) async throws -> SeccompFilter? {
        guard !privileged, profile == .runtimeDefault else { return nil }
        return try await seccomp.filter(for: DefaultSeccompProfile.profile(capabilities: capabilities))
    }
}
