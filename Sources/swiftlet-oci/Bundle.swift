import JSONText
import Linux
import OCI
import SystemPackage

/// A directory with a container's configuration.
struct Bundle {
    let path: FilePath
    let bytes: [UInt8]
    var spec: RuntimeSpec

    /// - Parameter config: another file than `config.json` of the bundle: crun's `--config`.
    init(_ path: String?, config: String?) throws {
        self.path = try FilePath(path ?? ".").absolute()
        let file = FilePath(config ?? "config.json").from(self.path)
        guard let bytes = try readFile(at: file, limit: 16 << 20) else { throw Failure("no file \(file)") }
        self.bytes = bytes
        do {
            spec = try JSONReader.read(RuntimeSpec.self, from: bytes)
        } catch {
            throw Failure("\(file): \(error)")
        }
        // Source: runc and crun take the words of mount options here, too: the root's propagation is recursive anyway.
        if let word = spec.linux?.rootfsPropagation, word.hasPrefix("r") {
            spec.linux?.rootfsPropagation = String(word.dropFirst())
        }
        do {
            try spec.validate()
        } catch {
            throw Failure("\(file): \(error)")
        }
        try resolvePaths()
    }

    /// Relative paths of the configuration start at the bundle.
    private mutating func resolvePaths() throws {
        guard let root = spec.root else { throw Failure("config.json: root is missing") }
        spec.root?.path = FilePath(root.path).from(path).string
        guard var mounts = spec.mounts else { return }
        for index in mounts.indices {
            let words = mounts[index].options ?? []
            guard let source = mounts[index].source, words.contains("bind") || words.contains("rbind") else { continue }
            mounts[index].source = FilePath(source).from(path).string
        }
        spec.mounts = mounts
    }
}
