import JSONText

/// What a plugin reads from its standard input: its own object, and what the runtime knows.
struct PluginInput {
    var plugin: NetworkConfiguration.Plugin
    var network: String
    var version: SpecVersion
    /// What the sandbox has to say; the plugin is told what its `capabilities` ask for.
    var capabilities = JSON.Object()
    var previousResult: JSON?
    /// For GC: the attachments that stay.
    var validAttachments: [AttachmentID]?

    var json: JSON {
        var object = plugin.object
        object["name"] = .string(network)
        object["cniVersion"] = .string(version.rawValue)
        // Source: SPEC.md, "Deriving execution configuration": not passed on.
        object["capabilities"] = nil
        object["cniVersions"] = nil
        object["prevResult"] = previousResult
        let wanted = plugin.capabilities
        let told = capabilities.members.filter { wanted.contains($0.name) }
        object["runtimeConfig"] = told.isEmpty ? nil : .object(.init(told))
        if let validAttachments {
            let list = JSON.array(
                validAttachments.map { ["containerID": .string($0.sandboxID), "ifname": .string($0.interface)] })
            object["cni.dev/valid-attachments"] = list
            // Source: libcni, `GCNetworkList`: the name that the first plugins with GC knew.
            object["cni.dev/attachments"] = list
        }
        return .object(object)
    }
}
