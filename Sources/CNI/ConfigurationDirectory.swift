import JSONText
import Linux
package import SystemPackage

/// The directory that administrators and network add-ons put configurations into, usually `/etc/cni/net.d`.
package struct ConfigurationDirectory: Sendable {
    package let path: FilePath
    package init(path: FilePath) { self.path = path }

    /// What a look at the directory found.
    package struct Contents: Sendable {
        /// The valid ones by file name; the first is the pods' default network.
        package var networks: [NetworkConfiguration] = []
        package var skipped: [Skipped] = []
    }

    /// A file that was passed over.
    package struct Skipped: Equatable, Sendable, CustomStringConvertible {
        package var file: String
        package var reason: String
        package var description: String { "\(file): \(reason)" }
    }

    /// Reads every configuration, sorted by file name. An invalid one is skipped, with the reason; so is one with the
    /// name of a network before it.
    package func read() throws -> Contents {
        var contents = Contents()
        for name in try directoryEntries(path).sorted() {
            let file = path.appending(name)
            guard let fileExtension = file.extension, ["conf", "conflist", "json"].contains(fileExtension) else {
                continue
            }
            do {
                // Opening a pipe would wait for a writer.
                if !isRegularFile(file) { throw ConfigurationError("not a regular file") }
                // A network's configuration is small; a big file here is a mistake.
                guard let bytes = try readFile(at: file, ifExists: true, limit: 1 << 20) else { continue }
                let network = try NetworkConfiguration(
                    parsing: bytes, file: file, isList: fileExtension == "conflist", siblings: siblings)
                if contents.networks.contains(where: { $0.name == network.name }) {
                    throw ConfigurationError("another file before it has a network named \(network.name)")
                }
                contents.networks.append(network)
            } catch {
                contents.skipped.append(Skipped(file: name, reason: oneLine("\(error)")))
            }
        }
        return contents
    }

    /// Plugin objects of `<directory>/<network>/*.conf`, by file name (libcni 1.1).
    private func siblings(of network: String) throws -> [JSON] {
        let directory = path.appending(network)
        if isRegularFile(directory) { return [] }
        return try directoryEntries(directory).sorted().filter {
            $0.hasSuffix(".conf") && isRegularFile(directory.appending($0))
        }.compactMap { name in
            try readFile(at: directory.appending(name), ifExists: true, limit: 1 << 20).map { try JSON(parsing: $0) }
        }
    }
}
