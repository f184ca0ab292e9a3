import Linux
import SystemPackage

/// For whose sake an image is pulled, and what may be shown to registries therefore.
package struct Puller: Sendable {
    /// Texts of Docker's `config.json`; shown first.
    package var secrets: [[UInt8]]
    /// `nil`: no pod of the cluster wants the image.
    package var account: PullingAccount?

    package init(secrets: [[UInt8]] = [], account: PullingAccount? = nil) {
        self.secrets = secrets
        self.account = account
    }
}

/// The service account of a pod. It is asked for only where a credential provider wants it.
package struct PullingAccount: Sendable {
    /// What the cluster says of it.
    package struct Facts: Sendable {
        package var uid: String
        package var annotations: [String: String]

        package init(uid: String, annotations: [String: String]) {
            self.uid = uid
            self.annotations = annotations
        }
    }

    let namespace: String
    let name: String
    let facts: @Sendable () async throws -> Facts
    /// A token of it for an audience, bound to the pod.
    let token: @Sendable (_ audience: String, Facts) async throws -> String

    package init(
        namespace: String, name: String, facts: @escaping @Sendable () async throws -> Facts,
        token: @escaping @Sendable (_ audience: String, Facts) async throws -> String
    ) {
        self.namespace = namespace
        self.name = name
        self.facts = facts
        self.token = token
    }
}

extension RegistryConfiguration {
    /// The credentials for a repository in the order in which they are shown: those of the puller's secrets, of the
    /// first file, and of providers. Source: facts of kubelet, §7.4.
    func credentials(
        for registry: String, repository: String, puller: Puller
    ) async throws -> [RegistryCredential] {
        var found: [RegistryCredential] = []
        for bytes in puller.secrets {
            // One bad secret does not take the others away.
            guard let file = try? DockerConfigFile(parsing: bytes, name: "pull secret") else { continue }
            found += file.credentials(for: registry, repository: repository)
        }
        for path in credentialFiles {
            guard let bytes = try readFile(at: path, ifExists: true, limit: 1 << 20) else { continue }
            found += try DockerConfigFile(parsing: bytes, name: path)
                .credentials(for: registry, repository: repository)
        }
        return found
            + (await credentialProviders?.credentials(for: registry, repository, account: puller.account) ?? [])
    }
}
