import JSONText
import Linux
import SystemPackage

/// Results of ADD on disk, in the format of libcni, so that its tools read them.
///
/// Source: libcni, `api.go`, `cacheAdd`: `<directory>/results/<network>-<sandbox>-<interface>`.
struct ResultCache: Sendable {
    let directory: FilePath

    private var results: FilePath { directory.appending("results") }
    private func file(_ id: AttachmentID) -> FilePath { results.appending(id.key) }

    /// Writes an entry. The result's bytes stand in it as the plugin printed them.
    func write(_ attachment: Attachment, result: [UInt8]) throws {
        let entry: JSON = [
            "kind": "cniCacheV1",
            "containerId": .string(attachment.id.sandboxID),
            "config": .string(Base64.encode(attachment.configuration)),
            "ifName": .string(attachment.id.interface),
            "networkName": .string(attachment.id.network),
            "netns": .string(attachment.namespace),
            "cniArgs": .array(attachment.arguments.map { [.string($0.name), .string($0.value)] }),
            "capabilityArgs": .object(attachment.capabilities),
        ]
        try makeDirectories(directory)
        try makeDirectories(results, mode: 0o700)
        // What the plugins set up goes with a power cut; the leases that stay are given back by the ledger's entry.
        try replaceFile(
            at: file(attachment.id),
            with: entry.encoded.dropLast() + Array(",\"result\":".utf8) + result + Array("}".utf8), durably: false)
    }

    /// The result of an attachment, as a value; `nil` if there is none, or a power cut has emptied it. A file that cannot
    /// be understood is an error.
    func result(_ id: AttachmentID) throws -> JSON? {
        guard let bytes = try readFile(at: file(id), ifExists: true), !bytes.isEmpty else { return nil }
        let value = try JSON(parsing: bytes)
        // Older libcni wrote the bare result.
        let result = value["kind"] == nil ? value : value["result"]
        guard let result, result.object != nil else { throw ConfigurationError("cache of \(id): no result") }
        return result
    }

    /// Removes an entry, and what an agent that ended as it wrote one left.
    func remove(_ id: AttachmentID) throws {
        try removeFile(at: file(id))
        try removeFile(at: FilePath("\(file(id)).new"))
    }
}
