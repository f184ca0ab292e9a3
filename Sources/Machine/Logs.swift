import Linux
import Logging
import Pods
import SystemPackage

extension Machine {
    func logFile(of record: ContainerRecord, _ pod: Pod) -> FilePath {
        directories.logs(of: pod).appending(record.name).appending("\(record.restartCount).log")
    }

    /// Where collectors of logs look. Source: facts of kubelet, §13.3.
    func logLink(of record: ContainerRecord, _ pod: Pod) -> FilePath {
        let name = "\(pod.name)_\(pod.namespace)_\(record.name)-\(record.id)"
        return directories.containerLogs.appending("\(name.prefix(251)).log")
    }

    /// Makes the directory of the instance's log, and the link to it.
    func prepareLog(of record: ContainerRecord) throws {
        let folder = FilePath(record.logPath).removingLastComponent()
        try makeDirectories(folder, mode: 0o755)
        do {
            try logWatch.add(folder)
        } catch {
            // It only serves compression: a container is worth more.
            Logger.current.warning("Old logs are not compressed", metadata: ["error": "\(error)"])
        }
        try makeDirectories(directories.containerLogs, mode: 0o755)
        try makeSymbolicLink(at: FilePath(record.logLink), to: FilePath(record.logPath))
    }

    /// One more than the highest number in the container's directory of logs: how often it was restarted before the
    /// records that tell it were lost with a reboot. Source: facts of kubelet, §3.4.
    func restartCount(ofLogs container: String, _ pod: Pod) throws -> Int {
        let names = try directoryEntries(directories.logs(of: pod).appending(container))
        return (names.compactMap { Int($0.prefix(while: \.isNumber)) }.max() ?? -1) + 1
    }
}

/// What a container that failed said last, in the place of the message that it did not write.
///
/// Source: facts of kubelet, §3.8: the last 80 lines, and of them the last 2048 bytes.
func lastWords(in log: FilePath) throws -> String {
    // Two of the longest records and their heads.
    let limit = 34 << 10
    var bytes = try readEnd(of: log, limit: limit)[...]
    if bytes.count == limit, let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) {
        bytes = bytes[(newline + 1)...]
    }
    let records = bytes.split(separator: UInt8(ascii: "\n")).compactMap { LogRecord(parsing: $0) }
    var lines: [[UInt8]] = [[]]
    for record in records {
        lines[lines.count - 1] += record.content
        if !record.isPartial {
            lines[lines.count - 1].append(UInt8(ascii: "\n"))
            lines.append([])
        }
    }
    if lines.last?.isEmpty == true { lines.removeLast() }
    return String(decoding: lines.suffix(80).joined().suffix(2048), as: UTF8.self)
}

/// What a line of a log in CRI format says, without its time and stream.
private struct LogRecord {
    let content: ArraySlice<UInt8>
    let isPartial: Bool

    init?(parsing bytes: ArraySlice<UInt8>) {
        let parts = bytes.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        isPartial = parts[2].first == UInt8(ascii: "P")
        content = parts.count > 3 ? parts[3] : []
    }
}
