package import SystemPackage

/// Where images are pulled from, with which credentials, and how patiently.
package struct RegistryConfiguration: Sendable {
    /// Holds a directory for each registry, `<host[:port]>/hosts.toml`, read anew for each pull.
    package var directory: FilePath?
    /// Docker's `config.json` files, the first that knows a registry counts.
    package var credentialFiles: [FilePath] = []
    /// Shown first, for one pull: the texts of such files.
    var shown: [[UInt8]] = []
    /// Layers of one image that are downloaded at a time.
    package var parallelLayers = 3
    /// A registry that sends nothing for so long hangs.
    package var progressTimeout: Duration = .seconds(300)
    package var connectTimeout: Duration = .seconds(30)

    package init(directory: FilePath? = nil, credentialFiles: [FilePath] = []) {
        self.directory = directory
        self.credentialFiles = credentialFiles
    }
}
