package import SystemPackage

/// Where images are pulled from, with which credentials, and how patiently.
package struct RegistryConfiguration: Sendable {
    /// Holds a directory for each registry, `<host[:port]>/hosts.toml`, read anew for each pull.
    package var directory: FilePath?
    /// Docker's `config.json` files, the first that knows a registry counts.
    package var credentialFiles: [FilePath] = []
    /// Asked when all of those have been looked through; `nil`: there are none.
    package var credentialProviders: CredentialProviders?
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
