import JSONText
import Linux
import SystemPackage

/// Which versions of the specification each plugin speaks: asked once for each file, and again when it changes.
actor PluginVersions {
    private struct Known {
        var stamp: FileStamp
        var versions: [String]
    }

    private let runner: PluginRunner
    private var known: [FilePath: Known] = [:]

    init(runner: PluginRunner) { self.runner = runner }

    /// The newest version that the network's file allows and all its plugins speak, and the plugins it asks for
    /// addresses as well: they get the same version.
    func negotiate(_ network: NetworkConfiguration) async throws -> SpecVersion {
        var common = Set(network.versions)
        for plugin in network.plugins {
            for type in [plugin.type, plugin.addressPlugin].compactMap({ $0 }) {
                let supported = try await failing(network, type, .version) { try await versions(of: type) }
                let left = common.filter { supported.contains($0.rawValue) }
                if left.isEmpty {
                    throw CNIError.plugin(
                        network: network.name, type: type, verb: .version,
                        cause: .version(wanted: common.sorted().map(\.rawValue), supported: supported))
                }
                common = left
            }
        }
        guard let best = common.max() else { throw CNIError.notReady("network \(network.name): no version") }
        return best
    }

    func versions(of type: String) async throws -> [String] {
        let file = try runner.find(type)
        let stamp = fileStamp(file)
        if let stamp, let known = known[file], known.stamp == stamp { return known.versions }
        let versions = try await ask(type)
        if let stamp { known[file] = Known(stamp: stamp, versions: versions) }
        return versions
    }

    private func ask(_ type: String) async throws -> [String] {
        // Old plugin libraries refuse to answer without the variables of an ADD. Source: libcni, `GetVersionInfo`.
        let target = PluginRunner.Target(sandboxID: "dummy", namespace: "dummy", interface: "dummy")
        let input = JSON.object(.init([(name: "cniVersion", value: .string(SpecVersion.newest.rawValue))]))
        let output: [UInt8]
        do {
            output = try await runner.run(type, .version, input: input.encoded, target: target)
        } catch PluginFailure.reported(let error) where error.message == "unknown CNI_COMMAND: VERSION" {
            return [SpecVersion.v01.rawValue]
        }
        let value = try parsed(output)
        if let supported = value["supportedVersions"]?.array?.compactMap(\.string), !supported.isEmpty {
            return supported
        }
        guard value["cniVersion"]?.string == SpecVersion.v02.rawValue else {
            throw PluginFailure.rubbish(reason: "no supportedVersions", text: excerpt(output))
        }
        return [SpecVersion.v01.rawValue, SpecVersion.v02.rawValue]
    }
}

/// Runs `body` and says of which plugin its failure is. A cancelled task's error passes as it is.
func failing<R>(
    _ network: NetworkConfiguration, _ type: String, _ verb: Verb, _ body: () async throws -> R
) async throws -> R {
    do {
        return try await body()
    } catch let cause as PluginFailure {
        throw CNIError.plugin(network: network.name, type: type, verb: verb, cause: cause)
    }
}

func parsed(_ output: [UInt8]) throws(PluginFailure) -> JSON {
    do {
        return try JSON(parsing: output)
    } catch {
        throw .rubbish(reason: "\(error)", text: excerpt(output))
    }
}

/// The beginning of a plugin's output, for a message.
func excerpt(_ output: [UInt8]) -> String {
    oneLine(String(decoding: output.prefix(1024), as: UTF8.self), limit: 200)
}
