package import Linux
import SystemPackage

/// What a child says through its status pipe before its program runs: `[u8 kind][i32 errno][u32 length][text]`, each.
package struct ChildMessages {
    package enum Kind: UInt8 { case failure = 1, warning = 2 }
    /// A child says little: a failure, and a warning for each of its limits.
    package static let limit = 64 << 10

    private var bytes: [UInt8] = []
    package init() {}

    package mutating func append(_ more: some Collection<UInt8>) {
        if bytes.count + more.count <= Self.limit { bytes += more }
    }

    package static func encode(_ kind: Kind, _ error: SyscallError) -> [UInt8] {
        var writer = ByteWriter()
        writer.number(kind.rawValue)
        writer.number(error.errno.rawValue)
        // Messages hold paths and option strings; a pipe takes 4 KiB as a whole.
        writer.text(String("\(error)".prefix(2000)))
        return writer.bytes
    }

    package func decoded() -> (failure: (message: String, errno: Int32)?, warnings: [String]) {
        var reader = ByteReader(bytes)
        var failure: (message: String, errno: Int32)?
        var warnings: [String] = []
        while !reader.isAtEnd {
            guard let kind: UInt8 = try? reader.number(), let errno: Int32 = try? reader.number(),
                let text = try? reader.text()
            else { break }
            if kind == Kind.failure.rawValue { failure = (text, errno) } else { warnings.append(text) }
        }
        return (failure, warnings)
    }
}
