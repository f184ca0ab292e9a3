import Linux
import Logging
package import SystemPackage

/// Asks programs for credentials of registries, and remembers their answers for as long as those say.
package actor CredentialProviders {
    private let providers: [CredentialProvider]
    private let directory: FilePath
    private let environment: [String]
    private let timeout: Duration
    /// Takes how long a program took, and whether it failed.
    package typealias Measure = @Sendable (_ provider: String, Duration, _ hasFailed: Bool) -> Void
    private let measure: Measure
    private var caches: [String: CredentialCache] = [:]
    /// Who waits for an answer that another has asked for.
    private var flights: [Flight: [AsyncStream<Result<CredentialAnswer, any Error>>.Continuation]] = [:]

    private struct Flight: Hashable {
        var provider: String
        var image: String
        var token: String?
        var annotations: [String: String]
    }

    /// - Parameters:
    ///   - configuration: a `CredentialProviderConfig`, or a directory of some.
    ///   - directory: where the programs lie.
    ///   - timeout: how long one may take. Source: kubernetes `pkg/credentialprovider/plugin/plugin.go`: a minute.
    package init(
        configuration: FilePath, directory: FilePath, timeout: Duration = .seconds(60),
        measure: @escaping Measure = { _, _, _ in }
    ) throws {
        self.measure = measure
        providers = try CredentialProvider.load(configuration)
        for provider in providers {
            let path = directory.appending(provider.name)
            // Links are followed, as package managers like them.
            guard try FileKind(at: path) == .regular,
                try openFile(path, [.path]).borrow({ try $0.status() }).permissions & 0o111 != 0
            else { throw ImageError.configuration("credential provider \(provider.name): \(path) is no program") }
        }
        self.directory = directory
        self.timeout = timeout
        environment = try inheritableEnvironment()
    }

    /// What the providers know of a repository. One that fails gives nothing, and the log says why.
    func credentials(for registry: String, _ repository: String, account: PullingAccount?) async -> [RegistryCredential]
    {
        var found: [(pattern: String, credential: RegistryCredential)] = []
        for provider in providers where provider.matches(registry, repository) {
            do {
                let answer = try await ask(provider, registry, repository, account)
                found += answer?.credentials.map { ($0.key, $0.value) } ?? []
            } catch {
                Logger.current.error(
                    "Credential provider gives nothing",
                    metadata: [
                        "provider": "\(provider.name)", "image": "\(registry)/\(repository)", "error": "\(error)",
                    ])
            }
        }
        return found.credentials(for: registry, repository)
    }

    /// `nil`: it is not to be asked for the sake of this pod.
    private func ask(
        _ provider: CredentialProvider, _ registry: String, _ repository: String, _ account: PullingAccount?
    ) async throws -> CredentialAnswer? {
        guard let shown = try await shown(account, to: provider) else { return nil }
        let cached = caches[provider.name]?.answer(for: registry, repository, shown.key, at: .now)
        if let cached { return cached }
        let answer = try await answer(
            of: provider,
            Flight(
                provider: provider.name, image: "\(registry)/\(repository)", token: shown.token,
                annotations: shown.key?.annotations ?? [:]))
        // A token that is itself the password is good as long as it is shown: not for whoever has the account.
        if let token = shown.token, provider.token?.cacheType != .token,
            answer.credentials.values.contains(where: { $0.password == token })
        {
            throw CredentialAnswer.Refusal("its password is the service account's token, which needs cacheType Token")
        }
        caches[provider.name, default: CredentialCache()].keep(
            answer, for: registry, repository, shown.key, default: provider.defaultCacheDuration, at: .now)
        return answer
    }

    /// What a provider sees of a service account; `nil`: it does not want to be asked.
    private func shown(
        _ account: PullingAccount?, to provider: CredentialProvider
    ) async throws -> (token: String?, key: CredentialCache.Account?)? {
        guard let wish = provider.token else { return (nil, nil) }
        guard let account else { return wish.requiresAccount ? nil : (nil, nil) }
        let facts = try await account.facts()
        guard let annotations = wish.annotations(of: facts.annotations) else { return nil }
        let token = try await account.token(wish.audience, facts)
        return (
            token,
            CredentialCache.Account(
                namespace: account.namespace, name: account.name, uid: facts.uid, annotations: annotations,
                token: wish.cacheType == .token ? token : nil)
        )
    }

    /// Asks once, however many want to know at the same time.
    private func answer(of provider: CredentialProvider, _ flight: Flight) async throws -> CredentialAnswer {
        while flights[flight] != nil {
            let (stream, waiter) = AsyncStream<Result<CredentialAnswer, any Error>>.makeStream()
            flights[flight]?.append(waiter)
            var result: Result<CredentialAnswer, any Error>?
            for await value in stream { result = value }
            try Task.checkCancellation()
            // Whoever asked was cancelled: that says nothing to the others.
            if case .failure(let error)? = result, error is CancellationError { continue }
            if let result { return try result.get() }
        }
        flights[flight] = []
        let result: Result<CredentialAnswer, any Error>
        do { result = .success(try await run(provider, flight)) } catch { result = .failure(error) }
        for waiter in flights.removeValue(forKey: flight) ?? [] {
            waiter.yield(result)
            waiter.finish()
        }
        return try result.get()
    }

    private func run(_ provider: CredentialProvider, _ flight: Flight) async throws -> CredentialAnswer {
        let path = directory.appending(provider.name)
        let command = Command(
            executable: path, arguments: [path.string] + provider.arguments,
            environment: provider.variables(over: environment),
            input: CredentialAnswer.question(
                provider.apiVersion, image: flight.image, token: flight.token, annotations: flight.annotations),
            timeout: timeout, outputLimit: 1 << 20)
        let begin = ContinuousClock.now
        let result: Command.Result
        do { result = try await command.run() } catch {
            measure(provider.name, begin.duration(to: .now), true)
            throw error
        }
        measure(provider.name, begin.duration(to: .now), result.end != .exited(0))
        let words = String(decoding: result.errors.prefix(500), as: UTF8.self).oneLine
        switch result.end {
        case .exited(0): return try CredentialAnswer(parsing: result.output, apiVersion: provider.apiVersion)
        case .exited(let code): throw CredentialAnswer.Refusal("it ended with status \(code): \(words)")
        case .signalled(let signal): throw CredentialAnswer.Refusal("it was ended by signal \(signal): \(words)")
        case .timedOut: throw CredentialAnswer.Refusal("it took longer than \(timeout)")
        case .outputTooLong: throw CredentialAnswer.Refusal("it wrote more than 1 MiB")
        case .cancelled: throw CancellationError()
        }
    }
}
