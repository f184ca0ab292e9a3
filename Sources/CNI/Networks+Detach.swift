import JSONText
import Ledger
import Linux

extension Networks {
    /// Gives back everything that a sandbox holds. One that holds nothing is no error.
    ///
    /// Must run before the sandbox's network namespace is removed: plugins find the interfaces to undo in there. It
    /// is not cancelled.
    ///
    /// With `force` it goes on past plugins that fail, and forgets the attachment whatever they say: for a plugin that
    /// is no longer installed. What it held may stay held. The errors are thrown all the same.
    package func detach(sandboxID: String, force: Bool = false) async throws {
        try await inTurn(.sandbox(sandboxID)) {
            for attachment in try recorded(sandboxID: sandboxID) { try await giveBack(attachment, force: force) }
        }
    }

    /// The attachments of one sandbox, in the ledger's order.
    func recorded(sandboxID: String) throws -> [Attachment] {
        try ledger.keys(Self.ledgerKind)
            // Cheap before exact: the key holds the sandbox's id between two dashes.
            .filter { $0.contains("-\(sandboxID)-") }
            .compactMap { try recorded(key: $0) }.filter { $0.id.sandboxID == sandboxID }
    }

    /// Runs DEL of each plugin in reverse order, with the configuration that ADD had, and forgets the attachment when
    /// all have succeeded.
    func giveBack(_ attachment: Attachment, force: Bool = false) async throws {
        let network = try NetworkConfiguration(parsing: attachment.configuration)
        let previous = attachment.version.supportsPreviousResultOnDelete ? previousResult(of: attachment) : nil
        var errors: [CNIError] = []
        for plugin in network.plugins.reversed() {
            do {
                _ = try await failing(network, plugin.type, .delete) {
                    try await run(plugin, .delete, attachment, network, previous: previous)
                }
            } catch {
                let error = error as? CNIError ?? .storage("\(error)")
                // Source: SPEC.md, "Deleting an attachment": the first error ends it.
                if !force { throw error }
                errors.append(error)
            }
        }
        // The result first: an entry in the ledger without a result is given back again, the reverse would be lost.
        try cache.remove(attachment.id)
        try ledger.erase(Self.ledgerKind, key: attachment.id.key)
        if let first = errors.first {
            throw errors.count == 1 ? first : CNIError.notGivenBack(first, cleanup: Array(errors.dropFirst()))
        }
    }

    /// The final result of the ADD, in the attachment's version. One that is damaged is as good as none for a DEL.
    private func previousResult(of attachment: Attachment) -> JSON? {
        do {
            return try checkedResult(of: attachment)
        } catch {
            try? cache.remove(attachment.id)
            return nil
        }
    }

    /// The final result of the ADD, in the attachment's version.
    func checkedResult(of attachment: Attachment) throws -> JSON? {
        guard let value = try cache.result(attachment.id) else { return nil }
        let text = value["cniVersion"]?.string ?? attachment.version.rawValue
        guard let version = SpecVersion(rawValue: text), version >= .oldest else {
            throw ConfigurationError("cache of \(attachment.id): unknown version \(text)")
        }
        if version == attachment.version { return value }
        return try NetworkResult(reading: value).json(attachment.version)
    }
}
