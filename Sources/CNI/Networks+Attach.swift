import JSONText
import Ledger
import Linux
import Netlink
import SystemPackage

extension Networks {
    /// Sets `lo` up and attaches the sandbox to the default network.
    ///
    /// What an earlier, interrupted call for the same interface left is given back first. If a plugin fails, what the
    /// others have done is given back before the error is thrown. A cancelled call leaves its entry in the ledger:
    /// ``detach(sandboxID:force:)`` gives it back.
    package func attach(_ request: AttachmentRequest) async throws -> AttachmentResult {
        try request.check()
        return try await inTurn(.sandbox(request.sandboxID)) {
            for old in try recorded(sandboxID: request.sandboxID) where old.id.interface == request.interface {
                try await giveBack(old)
            }
            let network = try defaultNetwork()
            let version = try await versions.negotiate(network)
            try await NetworkNamespace(path: request.namespacePath).setLoopbackUp()
            let attachment = Attachment(
                id: AttachmentID(
                    network: network.name, sandboxID: request.sandboxID, interface: request.interface),
                version: version, configuration: network.bytes, namespace: request.namespacePath.string,
                arguments: request.arguments.map { Attachment.Argument(name: $0.name, value: $0.value) },
                capabilities: request.capabilities(podCIDRs: podCIDRs))
            try ledger.record(attachment.json.encoded, Self.ledgerKind, key: attachment.id.key)
            return try await firstAlone(network.name) {
                guard !request.portMappings.isEmpty else { return try await add(attachment, to: network) }
                return try await firstAlone("\(network.name), ports") { try await add(attachment, to: network) }
            }
        }
    }

    private func add(_ attachment: Attachment, to network: NetworkConfiguration) async throws -> AttachmentResult {
        do {
            let (value, bytes) = try await runAdd(attachment, network)
            let result = AttachmentResult(id: attachment.id, result: try NetworkResult(reading: value), bytes: bytes)
            if result.ips.isEmpty {
                throw CNIError.unusable(network: network.name, reason: "the plugins gave no address")
            }
            try cache.write(attachment, result: bytes)
            return result
        } catch let error as CancellationError {
            throw error
        } catch {
            let cause = error as? CNIError ?? .unusable(network: network.name, reason: "\(error)")
            do {
                try await giveBack(attachment)
            } catch {
                throw CNIError.notGivenBack(cause, cleanup: [error as? CNIError ?? .storage("\(error)")])
            }
            throw cause
        }
    }

    /// Runs ADD of each plugin in order, each with what the one before it answered.
    private func runAdd(_ attachment: Attachment, _ network: NetworkConfiguration) async throws -> (JSON, [UInt8]) {
        var previous: JSON?
        var bytes: [UInt8] = []
        for plugin in network.plugins {
            try Task.checkCancellation()
            (previous, bytes) = try await failing(network, plugin.type, .add) {
                let output = try await run(plugin, .add, attachment, network, previous: previous)
                return try answer(output, version: attachment.version)
            }
        }
        return (previous ?? .null, bytes)
    }

    /// A plugin's answer in the list's version. Nothing is changed in one that has it already.
    private func answer(_ output: [UInt8], version: SpecVersion) throws(PluginFailure) -> (JSON, [UInt8]) {
        let value = try parsed(output)
        guard case .object(var object) = value else {
            throw .rubbish(reason: "the result is \(value.kind), not an object", text: excerpt(output))
        }
        do {
            let result = try NetworkResult(reading: value)
            switch object["cniVersion"]?.string {
            case version.rawValue: return (value, output)
            case nil, "":
                // Source: libcni: a result without a version has that of the configuration.
                object["cniVersion"] = .string(version.rawValue)
                return (.object(object), JSON.object(object).encoded)
            case let other? where SpecVersion(rawValue: other).map({ $0 >= .oldest }) ?? false:
                return (result.json(version), result.json(version).encoded)
            case let other?: throw ConfigurationError("a result of unknown version \(other)")
            }
        } catch {
            throw .rubbish(reason: "\(error)", text: excerpt(output))
        }
    }

    /// Composes the input of one plugin and runs it.
    func run(
        _ plugin: NetworkConfiguration.Plugin, _ verb: Verb, _ attachment: Attachment, _ network: NetworkConfiguration,
        previous: JSON?
    ) async throws -> [UInt8] {
        let input = PluginInput(
            plugin: plugin, network: network.name, version: attachment.version, capabilities: attachment.capabilities,
            previousResult: previous)
        // A namespace that is gone, as after a reboot, is said to be gone.
        let isGone = verb == .delete && (try? NetworkNamespace(path: FilePath(attachment.namespace)).exists) == false
        let target = PluginRunner.Target(
            sandboxID: attachment.id.sandboxID, namespace: isGone ? "" : attachment.namespace,
            interface: attachment.id.interface, arguments: attachment.argumentText)
        return try await runner.run(plugin.type, verb, input: input.json.encoded, target: target)
    }
}
