/// Answers of one credential provider that still hold. No clock of its own: who asks says when it is.
///
/// Source: facts of kubelet, §7.5.
struct CredentialCache {
    typealias Instant = ContinuousClock.Instant

    /// Whose answer it is, where the provider looks at service accounts.
    struct Account: Hashable {
        var namespace: String
        var name: String
        var uid: String
        /// Those that the provider was told.
        var annotations: [String: String]
        /// `nil`: an answer is for every token of it.
        var token: String?
    }

    private struct Key: Hashable {
        var scope: CredentialAnswer.Scope
        /// Of an image its name, of a registry its host.
        var name: String
        var account: Account?

        init(_ scope: CredentialAnswer.Scope, _ registry: String, _ repository: String, _ account: Account?) {
            self.scope = scope
            name =
                switch scope {
                case .image: "\(registry)/\(repository)"
                case .registry: registry
                case .everything: ""
                }
            self.account = account
        }
    }

    private var entries: [Key: (answer: CredentialAnswer, ends: Instant)] = [:]

    /// The closest answer that holds.
    func answer(for registry: String, _ repository: String, _ account: Account?, at now: Instant) -> CredentialAnswer? {
        let found = CredentialAnswer.Scope.allCases.lazy.compactMap { entries[Key($0, registry, repository, account)] }
        return found.first { $0.ends > now }?.answer
    }

    /// Keeps an answer for as long as it says, and forgets those that have ended.
    mutating func keep(
        _ answer: CredentialAnswer, for registry: String, _ repository: String, _ account: Account?,
        default duration: Duration, at now: Instant
    ) {
        entries = entries.filter { $0.value.ends > now }
        let duration = answer.duration ?? duration
        guard duration > .zero else { return }
        entries[Key(answer.scope, registry, repository, account)] = (answer, now.advanced(by: duration))
    }

    var count: Int { entries.count }
}
