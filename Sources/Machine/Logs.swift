import Linux
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
        try makeDirectories(FilePath(record.logPath).removingLastComponent(), mode: 0o755)
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
