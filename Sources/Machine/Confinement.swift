import Containers
import FoundationEssentials
import Linux
import OCI
import Pods
import SystemPackage

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
        switch profile {
        case .unconfined: return nil
        case .runtimeDefault:
            return try await seccomp.filter(for: DefaultSeccompProfile.profile(capabilities: capabilities))
        case .local(let path): return try await seccomp.filter(for: localProfile(path))
        }
    }

    /// Source: facts of kubelet, §9.1: a file below the node's directory of profiles.
    private func localProfile(_ name: String) throws -> RuntimeSpec.Seccomp {
        let path = directories.seccompProfiles.appending(FilePath(name).lexicallyNormalized().components)
        do {
            guard let text = try readFile(at: path, limit: 1 << 20) else { throw Errno.noSuchFileOrDirectory }
            return try JSONDecoder().decode(RuntimeSpec.Seccomp.self, from: Data(text))
        } catch {
            throw MissingContent("cannot load seccomp profile \"\(path)\": \(error)")
        }
    }
}
