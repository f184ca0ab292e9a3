package import Linux
package import SystemPackage

/// A full part of a log that goes on in another file: `0.log.20060102-150405`, compressed `….gz`.
///
/// The shim cuts parts off and removes the oldest, the agent compresses all but the newest, both read them. Source:
/// facts of kubelet, §13.4.
package struct LogPart: Equatable, Sendable {
    /// When it was cut off, `20060102-150405` in UTC. Unlike that of any other part of the log; they sort by it.
    package let stamp: String
    package let path: FilePath
    package let isCompressed: Bool

    package init(of log: FilePath, stamp: String, isCompressed: Bool) {
        self.stamp = stamp
        self.isCompressed = isCompressed
        path = FilePath("\(log).\(stamp)\(isCompressed ? ".gz" : "")")
    }

    /// Every part of a log, the oldest first. One that is there in both forms has just been compressed.
    package static func all(of log: FilePath) throws(SyscallError) -> [LogPart] {
        guard let name = log.lastComponent?.string else { return [] }
        let entries = try directoryEntries(log.removingLastComponent())
        let parts = entries.compactMap { LogPart(file: $0, of: name, log) }
        return parts.filter { part in part.isCompressed || !parts.contains { $0.isTwin(of: part) } }
            .sorted { $0.stamp < $1.stamp }
    }

    private init?(file: String, of name: String, _ log: FilePath) {
        guard file.hasPrefix(name + ".") else { return nil }
        let rest = file.dropFirst(name.count + 1)
        let stamp = rest.prefix(15)
        guard stamp.utf8.count == 15, rest == stamp || rest == stamp + ".gz" else { return nil }
        for (index, byte) in stamp.utf8.enumerated() {
            guard index == 8 ? byte == UInt8(ascii: "-") : (48...57).contains(byte) else { return nil }
        }
        self.init(of: log, stamp: String(stamp), isCompressed: rest != stamp)
    }

    private func isTwin(of other: LogPart) -> Bool { isCompressed && stamp == other.stamp }
}
