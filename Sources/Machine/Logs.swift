import Linux
import Pods
import SystemPackage

extension Machine {
    /// Makes the directory of a container's logs and tells the path of this instance's.
    func prepareLog(of record: ContainerRecord, _ pod: Pod) throws -> String {
        let folder = directories.logs(of: pod).appending(record.name)
        try makeDirectories(folder, mode: 0o755)
        return folder.appending("\(record.restartCount).log").string
    }

    /// Links the log where collectors look for it. Source: facts of kubelet, §13.3.
    func linkLog(of record: ContainerRecord, _ pod: Pod) throws -> FilePath {
        try makeDirectories(directories.containerLogs, mode: 0o755)
        let name = "\(pod.name)_\(pod.namespace)_\(record.name)-\(record.id)"
        let link = directories.containerLogs.appending("\(name.prefix(251)).log")
        try makeSymbolicLink(at: link, to: FilePath(record.logPath))
        return link
    }

    /// One more than the highest number in the container's directory of logs: how often it was restarted before the
    /// records that tell it were lost with a reboot. Source: facts of kubelet, §3.4.
    func restartCount(ofLogs container: String, _ pod: Pod) throws -> Int {
        let names = try directoryEntries(directories.logs(of: pod).appending(container))
        return (names.compactMap { Int($0.prefix(while: \.isNumber)) }.max() ?? -1) + 1
    }
}
