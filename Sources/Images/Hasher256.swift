import OCI

import struct Crypto.SHA256

/// SHA-256 over bytes as they come.
struct Hasher256 {
    private var state = SHA256()

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe state.update(bufferPointer: bytes)
    }

    func finish() -> Digest { Digest(sha256Bytes: state.finalize()) }

    static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        var hasher = Hasher256()
        let bytes = Array(bytes)
        unsafe bytes.withUnsafeBytes { unsafe hasher.update($0) }
        return hasher.finish()
    }

    /// The name of a stack of layers by the digests of what is in them, bottom first.
    ///
    /// Source: image-spec, config.md, "Layer ChainID".
    static func chainIDs(_ diffIDs: [Digest]) -> [Digest] {
        var chain: [Digest] = []
        for diffID in diffIDs {
            chain.append(chain.last.map { digest(of: "\($0) \(diffID)".utf8) } ?? diffID)
        }
        return chain
    }
}
