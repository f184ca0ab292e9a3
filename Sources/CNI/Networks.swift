import JSONText
package import Ledger
import Linux
package import SystemPackage

/// Gives sandboxes their interfaces by running CNI plugins, and takes them back.
///
/// Operations on one sandbox follow each other, those on different sandboxes run beside each other. What an ADD is
/// about to take is in the ledger before the first plugin runs; so a crash at any moment leaves nothing unknown.
package actor Networks {
    static let ledgerKind = Ledger.Kind("network")

    let directory: ConfigurationDirectory
    let ledger: Ledger
    let cache: ResultCache
    let runner: PluginRunner
    let versions: PluginVersions
    let podCIDRs: [String]
    private var turns = Turns()
    private var firsts = Firsts()

    /// Makes nothing yet: the configuration is read anew by every operation.
    ///
    /// `cache` is the directory of the result cache, `podCIDRs` are the node's ranges of pod addresses, passed to
    /// plugins with the capability `ipRanges`, and `environment` is what plugins inherit, `KEY=value` each.
    package init(
        configDirectory: FilePath, binaryDirectories: [FilePath], cache: FilePath, ledger: Ledger,
        podCIDRs: [String] = [], environment: [String], timeouts: PluginTimeouts = PluginTimeouts()
    ) {
        directory = ConfigurationDirectory(path: configDirectory)
        self.ledger = ledger
        self.cache = ResultCache(directory: cache)
        let runner = PluginRunner(
            directories: binaryDirectories, environment: environment, timeouts: timeouts,
            lock: cache.appending("plugins.lock"))
        self.runner = runner
        versions = PluginVersions(runner: runner)
        self.podCIDRs = podCIDRs
    }

    /// Waits until no plugin runs that an earlier agent has started, for so long at most. Until then it may still take
    /// what the next DEL is to give back.
    ///
    /// Returns whether none runs. To be called before this agent starts any.
    package func awaitEarlierPlugins(within time: Duration = .seconds(10)) async throws -> Bool {
        try makeDirectories(runner.lock.removingLastComponent())
        let deadline = ContinuousClock.now + time
        while try FileLock.isHeld(at: runner.lock) {
            if ContinuousClock.now >= deadline { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }

    /// The attachments that are held, or were being made when the agent ended.
    package func attachments() throws -> [AttachmentID] { try recorded().map(\.id) }

    func recorded() throws -> [Attachment] {
        try ledger.keys(Self.ledgerKind).compactMap { try recorded(key: $0) }
    }

    func recorded(key: String) throws -> Attachment? {
        guard let bytes = try ledger.content(Self.ledgerKind, key: key) else { return nil }
        // Entries are replaced as a whole: one that cannot be read is damage, and hides what is held.
        guard let value = try? JSON(parsing: bytes), let attachment = Attachment(reading: value) else {
            throw CNIError.storage("ledger entry \(key) of kind \(Self.ledgerKind.name) cannot be understood")
        }
        return attachment
    }

    /// Waits for its turn, then runs `body`. Waiting is not cancelled: those in front of it are bounded by time-outs.
    func inTurn<R>(_ claim: Turns.Claim, _ body: () async throws -> R) async rethrows -> R {
        if !turns.take(claim) {
            await withCheckedContinuation { turns.wait(for: claim, $0) }
        }
        defer { turns.leave(claim) }
        return try await body()
    }

    /// Runs `body` alone until it has once succeeded for this kind, and beside others from then on. Waiting is not
    /// cancelled, as above.
    func firstAlone<R>(_ kind: String, _ body: () async throws -> R) async rethrows -> R {
        var place = firsts.begin(kind)
        while place == .behindFirst {
            await withCheckedContinuation { firsts.wait(for: kind, $0) }
            place = firsts.begin(kind)
        }
        guard place == .first else { return try await body() }
        var succeeded = false
        defer { firsts.end(kind, succeeded: succeeded) }
        let result = try await body()
        succeeded = true
        return result
    }

    /// The first valid network of the directory: the one that pods are attached to.
    func defaultNetwork() throws -> NetworkConfiguration {
        let contents = try directory.read()
        if let network = contents.networks.first { return network }
        if contents.skipped.isEmpty { throw CNIError.notReady("no CNI configuration in \(directory.path)") }
        let reasons = contents.skipped.map(\.description).joined(separator: "; ")
        throw CNIError.notReady("no valid CNI configuration in \(directory.path): \(reasons)")
    }
}
