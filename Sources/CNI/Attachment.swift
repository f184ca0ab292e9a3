import JSONText

/// One attachment as it was asked for: all that giving it back needs, captured before the first plugin runs.
///
/// The administrator may change the network's file while the pod lives; the DEL still speaks of what the ADD did.
struct Attachment: Equatable, Sendable {
    var id: AttachmentID
    var version: SpecVersion
    /// The configuration list as text.
    var configuration: [UInt8]
    var namespace: String
    var arguments: [Argument]
    var capabilities: JSON.Object

    struct Argument: Equatable, Sendable {
        var name: String
        var value: String
    }

    /// `K=V;K=V`.
    var argumentText: String { arguments.map { "\($0.name)=\($0.value)" }.joined(separator: ";") }
}

extension Attachment {
    /// The entry in the ledger. `version` is that of this format.
    var json: JSON {
        [
            "version": 1,
            "network": .string(id.network),
            "sandboxID": .string(id.sandboxID),
            "interface": .string(id.interface),
            "cniVersion": .string(version.rawValue),
            "config": .string(Base64.encode(configuration)),
            "netns": .string(namespace),
            "cniArgs": .array(arguments.map { [.string($0.name), .string($0.value)] }),
            "capabilityArgs": .object(capabilities),
        ]
    }

    init?(reading value: JSON) {
        guard value["version"] == 1, let network = value["network"]?.string,
            let sandboxID = value["sandboxID"]?.string, let interface = value["interface"]?.string,
            let version = value["cniVersion"]?.string.flatMap(SpecVersion.init(rawValue:)),
            let configuration = value["config"]?.string.flatMap(Base64.decode),
            let namespace = value["netns"]?.string
        else { return nil }
        id = AttachmentID(network: network, sandboxID: sandboxID, interface: interface)
        self.version = version
        self.configuration = configuration
        self.namespace = namespace
        arguments = (value["cniArgs"]?.array ?? []).compactMap { pair in
            guard let texts = pair.array?.compactMap(\.string), texts.count == 2 else { return nil }
            return Argument(name: texts[0], value: texts[1])
        }
        capabilities = value["capabilityArgs"]?.object ?? JSON.Object()
    }
}
