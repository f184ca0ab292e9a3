package import JSONText
package import SystemPackage

/// A network's configuration list, as an administrator wrote it.
package struct NetworkConfiguration: Equatable, Sendable {
    package var name: String
    /// The versions of the specification that the file allows, ascending, none empty.
    package var versions: [SpecVersion]
    package var disableCheck = false
    package var disableGC = false
    package var plugins: [Plugin]
    /// The list as text: the file's own bytes, unless plugins of a directory beside it were added.
    package var bytes: [UInt8]
    package var file: FilePath?

    /// One plugin of the list, with every key that its object has.
    package struct Plugin: Equatable, Sendable {
        package var type: String
        package var object: JSON.Object

        /// Capabilities that the plugin wants to be told about.
        package var capabilities: Set<String> {
            let wanted = object["capabilities"]?.object?.members.filter { $0.value == .bool(true) } ?? []
            return Set(wanted.map(\.name))
        }

        /// The plugin that this one asks for addresses.
        package var addressPlugin: String? {
            guard let type = object["ipam"]?["type"]?.string, !type.isEmpty else { return nil }
            return type
        }
    }
}

/// Why a configuration cannot be used.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// Whether the text is a network's or container's name as the specification has it:
/// `^[a-zA-Z0-9][a-zA-Z0-9_.\-]*$`.
func isIdentifier(_ text: String) -> Bool {
    func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
    guard let first = text.utf8.first, isAlphanumeric(first) else { return false }
    return text.utf8.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
}
