import Containers
import FoundationEssentials
import Linux
import Logging
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
    /// Has the default profile of AppArmor's loaded. Without it containers wait: each start tries again.
    package func settleAppArmor() async {
        do { try await appArmor.settle() } catch {
            Logger.current.error("Default AppArmor profile not loaded", metadata: ["error": "\(error)"])
        }
    }

    /// The filter that the container's profile asks for; a privileged container has none.
    func seccompFilter(of container: Pod.Container) async throws -> SeccompFilter? {
        guard let profile = try seccompProfile(of: container) else { return nil }
        return try await seccomp.filter(for: profile)
    }

    /// Source: facts of kubelet, §9.1.
    func seccompProfile(of container: Pod.Container) throws -> RuntimeSpec.Seccomp? {
        let security = container.security
        if security.isPrivileged { return nil }
        switch security.seccomp ?? (settings.seccompDefault ? .runtimeDefault : .unconfined) {
        case .unconfined: return nil
        case .runtimeDefault: return DefaultSeccompProfile.profile(capabilities: try security.capabilities)
        case .local(let path): return try localProfile(path)
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
