/// A program that knows credentials of some registries, as a `CredentialProviderConfig` describes it.
///
/// Source: `kubelet.config.k8s.io/v1`; facts of kubelet, §7.5.
struct CredentialProvider: Equatable, Sendable {
    /// Its file in the directory of such programs.
    var name: String
    /// Patterns of the images that it is asked about.
    var matchImages: [String]
    /// How long its answers hold that do not say it themselves.
    var defaultCacheDuration: Duration
    /// Of requests and of answers.
    var apiVersion: String
    var arguments: [String] = []
    /// Over the agent's own.
    var environment: [Variable] = []
    /// `nil`: it is asked in the node's name.
    var token: TokenAttributes?

    struct Variable: Equatable, Sendable {
        var name: String
        /// Empty where the configuration has none.
        var value: String
    }

    /// Which token of the pod's service account it is shown.
    struct TokenAttributes: Equatable, Sendable {
        /// Whether an answer is for whoever has the service account, or for one token.
        enum CacheType: String, CaseIterable, Sendable {
            case account = "ServiceAccount"
            case token = "Token"
        }

        var audience: String
        var cacheType: CacheType
        /// It is not asked for the sake of pods that have none.
        var requiresAccount: Bool
        /// It is not asked for accounts without these.
        var requiredAnnotations: [String] = []
        var optionalAnnotations: [String] = []

        /// What it is told of an account; `nil`: it is not to be asked.
        func annotations(of account: [String: String]) -> [String: String]? {
            guard requiredAnnotations.allSatisfy({ account[$0] != nil }) else { return nil }
            let shown = Set(requiredAnnotations + optionalAnnotations)
            return account.filter { shown.contains($0.key) }
        }
    }

    static let apiVersions = ["v1", "v1alpha1", "v1beta1"].map { "credentialprovider.kubelet.k8s.io/\($0)" }

    func matches(_ registry: String, _ repository: String) -> Bool {
        matchImages.contains {
            RegistryPattern($0, keepsVersion: true).matches(registry, repository, wholeNames: false)
        }
    }

    /// What the program is started with: of two variables with one name the configured one.
    func variables(over own: [String]) -> [String] {
        let names = Set(environment.map(\.name))
        return own.filter { !names.contains(String($0.prefix { $0 != "=" })) }
            + environment.map { "\($0.name)=\($0.value)" }
    }
}
