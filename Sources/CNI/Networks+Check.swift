import JSONText

/// Whether pods can be attached now.
package enum NetworkStatus: Equatable, Sendable {
    case ready
    case notReady(String)
}

extension Networks {
    /// Asks the plugins whether a sandbox's attachments are still as their ADD left them.
    package func check(sandboxID: String) async throws {
        try await inTurn(.sandbox(sandboxID)) {
            for attachment in try recorded(sandboxID: sandboxID) { try await check(attachment) }
        }
    }

    private func check(_ attachment: Attachment) async throws {
        let network = try NetworkConfiguration(parsing: attachment.configuration)
        if network.disableCheck { return }
        guard attachment.version.supportsCheck else {
            throw CNIError.unusable(
                network: network.name,
                reason: "configuration version \(attachment.version.rawValue) does not support CHECK")
        }
        let previous: JSON?
        do {
            previous = try checkedResult(of: attachment)
        } catch {
            throw CNIError.unusable(network: network.name, reason: "\(error)")
        }
        guard let previous else {
            throw CNIError.unusable(network: network.name, reason: "no result of an ADD for \(attachment.id)")
        }
        for plugin in network.plugins {
            _ = try await failing(network, plugin.type, .check) {
                try await run(plugin, .check, attachment, network, previous: previous)
            }
        }
    }

    /// Whether there is a valid network whose plugins are installed, speak its version and say that they are ready.
    package func status() async -> NetworkStatus {
        do {
            let network = try defaultNetwork()
            let version = try await versions.negotiate(network)
            guard version.supportsStatus else { return .ready }
            for plugin in network.plugins {
                let input = PluginInput(plugin: plugin, network: network.name, version: version)
                _ = try await failing(network, plugin.type, .status) {
                    try await runner.run(plugin.type, .status, input: input.json.encoded)
                }
            }
            return .ready
        } catch {
            return .notReady("\(error)")
        }
    }
}
