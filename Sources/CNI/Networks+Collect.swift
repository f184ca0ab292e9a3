import JSONText
import Ledger
import Linux
import Logging

extension Networks {
    /// Gives back what sandboxes hold that are not in `keeping`, then tells the plugins of the default network who is
    /// left (GC, from version 1.1.0 on). Addresses that a power cut took from their sandboxes are given back too. Nobody attaches or detaches meanwhile.
    ///
    /// Goes on past errors and returns them: what could not be given back stays in the ledger for the next time.
    package func collectGarbage(keeping: Set<String>) async -> [any Error] {
        await inTurn(.alone) {
            var errors: [any Error] = []
            var valid: [AttachmentID] = []
            do {
                for key in try ledger.keys(Self.ledgerKind) {
                    do {
                        guard let attachment = try recorded(key: key) else { continue }
                        valid.append(attachment.id)
                        if keeping.contains(attachment.id.sandboxID) { continue }
                        try await giveBack(attachment)
                        valid.removeLast()
                    } catch {
                        errors.append(error)
                    }
                }
            } catch {
                errors.append(error)
            }
            return await errors + giveBackLostLeases() + tellPlugins(valid)
        }
    }

    private func giveBackLostLeases() async -> [any Error] {
        guard let network = try? defaultNetwork() else { return [] }
        var errors: [any Error] = []
        for lost in network.plugins.compactMap({ LostLeases($0, of: network) }) {
            do {
                let addresses = try await onOwnThread { try lost.giveBack() }
                guard !addresses.isEmpty else { continue }
                Logger.current.notice(
                    "Leases without a sandbox given back",
                    metadata: ["network": "\(network.name)", "addresses": "\(addresses.sorted())"])
            } catch {
                errors.append(error)
            }
        }
        return errors
    }

    private func tellPlugins(_ valid: [AttachmentID]) async -> [any Error] {
        // Without a network there is nobody to tell; `status()` says why there is none.
        guard let network = try? defaultNetwork(), !network.disableGC else { return [] }
        var errors: [any Error] = []
        do {
            let version = try await versions.negotiate(network)
            guard version.supportsGarbageCollection else { return [] }
            for plugin in network.plugins {
                let input = PluginInput(
                    plugin: plugin, network: network.name, version: version,
                    validAttachments: valid.filter { $0.network == network.name })
                do {
                    _ = try await failing(network, plugin.type, .collect) {
                        try await runner.run(plugin.type, .collect, input: input.json.encoded)
                    }
                } catch {
                    errors.append(error)
                }
            }
        } catch {
            errors.append(error)
        }
        return errors
    }
}
