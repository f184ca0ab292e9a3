import FoundationEssentials
import Linux
package import Pods
package import SystemPackage

/// What the machine wrote down of a sandbox it made. Lies in the state directory: it does not outlive the boot.
package struct SandboxRecord: Codable, Equatable, Sendable {
    package var version = 1
    /// 64 hexadecimal digits; CNI knows the sandbox by it.
    package var id: String
    package var attempt: Int
    package var createdAt: Date
    /// The shim that keeps the pod's processes.
    package var shim: ProcessRecord
    package var pause: ProcessRecord
    /// Addresses that the network gave, the first is the pod's IP. Empty on the host's network.
    package var addresses: [String]
    package var usesHostNetwork: Bool
    package var cgroup: String
}

/// A process that can be told from a later one with the same number.
package struct ProcessRecord: Codable, Equatable, Sendable {
    package var pid: Int32
    /// Field 22 of `/proc/<pid>/stat`, in clock ticks since boot.
    package var startTime: UInt64

    package init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// Still there, and not merely waiting to be reaped.
    package var isAlive: Bool {
        guard let stat = try? ProcessStat(pid: pid) else { return false }
        return stat.startTime == startTime && stat.state != "Z" && stat.state != "X"
    }
}

/// What the machine wrote down of one instance of a container.
package struct ContainerRecord: Codable, Equatable, Sendable {
    package var version = 1
    package var id: String
    package var name: String
    package var restartCount: Int
    /// Crashes in a row, for the back-off: starts anew once an instance has lasted.
    package var attempt: Int
    /// As the pod names it.
    package var image: String
    package var imageID: String
    package var logPath: String
    /// The link to the log below `/var/log/containers`; empty when there is none.
    package var logLink = ""
    package var cgroup: String
    package var createdAt: Date
    /// `nil` while it is being created: a start that was interrupted is recognised by it.
    package var process: ProcessRecord?
    package var startedAt: Date?
    package var startedInstant: ContinuousClock.Instant?
    /// `nil` while it runs.
    package var end: End?

    /// How the instance ended, written down when it was first seen: the cgroup that tells of the memory goes then.
    package struct End: Codable, Equatable, Sendable {
        package var code: Int32
        package var signal: Int32
        /// One of the API's reasons; `nil` is read off the exit code.
        package var reason: String?
        package var message: String
        package var finishedAt: Date
        package var finishedInstant: ContinuousClock.Instant
    }
}

/// The records of one pod, as files.
package struct PodRecords: Sendable {
    let directories: Directories
    let pod: Pod.ID

    private var sandboxFile: FilePath { directories.running.appending(pod.rawValue).appending("sandbox.json") }

    private func file(_ container: String, _ restartCount: Int) -> FilePath {
        directories.containers(of: pod).appending(container).appending("\(restartCount).json")
    }

    /// Where the shim writes how the instance ended.
    func exitFile(_ container: String, _ restartCount: Int) -> FilePath {
        directories.containers(of: pod).appending(container).appending("\(restartCount).exit")
    }

    func sandbox() throws -> SandboxRecord? { try decode(SandboxRecord.self, at: sandboxFile) }

    func write(_ record: SandboxRecord) throws { try encode(record, to: sandboxFile) }

    func removeSandbox() throws { try removeFile(at: sandboxFile) }

    /// Every instance there is a record of: by container, the newest first.
    func containers() throws -> [String: [ContainerRecord]] {
        var records: [String: [ContainerRecord]] = [:]
        for name in try directoryEntries(directories.containers(of: pod)) {
            let folder = directories.containers(of: pod).appending(name)
            let files = try directoryEntries(folder).filter { $0.hasSuffix(".json") }
            let found = try files.compactMap { try decode(ContainerRecord.self, at: folder.appending($0)) }
            if !found.isEmpty { records[name] = found.sorted { $0.restartCount > $1.restartCount } }
        }
        return records
    }

    func write(_ record: ContainerRecord) throws {
        try makeDirectories(directories.containers(of: pod).appending(record.name))
        try encode(record, to: file(record.name, record.restartCount))
    }

    func remove(_ record: ContainerRecord) throws {
        try removeFile(at: exitFile(record.name, record.restartCount))
        try removeFile(at: file(record.name, record.restartCount))
    }

    private func encode(_ value: some Encodable, to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // The state directory is in memory: what a power cut would take, the boot takes anyway.
        try replaceFile(at: path, with: [UInt8](encoder.encode(value)))
    }

    private func decode<Value: Decodable>(_ type: Value.Type, at path: FilePath) throws -> Value? {
        guard let content = try readFile(at: path, ifExists: true) else { return nil }
        return try naming("read \(path)") { try JSONDecoder().decode(type, from: Data(content)) }
    }
}
