import FoundationEssentials
import Linux
import OCI
import Pods
import Shim
import SystemPackage

import struct Kubernetes.EphemeralContainer

/// What the machine wrote down of a sandbox it made. Lies in the state directory: it does not outlive the boot.
struct SandboxRecord: Codable, Equatable, Sendable {
    var version = 1
    /// 64 hexadecimal digits; CNI knows the sandbox by it.
    var id: String
    var attempt: Int
    var createdAt: Date
    /// The shim that keeps the pod's processes.
    var shim: ProcessRecord
    var pause: ProcessRecord
    /// Addresses that the network gave, the first is the pod's IP. Empty on the host's network.
    var addresses: [String]
    var usesHostNetwork: Bool
    /// What made the pause and makes the containers; `nil`: the built-in runtime.
    var runtime: OtherRuntime?
    /// What the pod as a whole was given; `nil`: nothing was said of that.
    var allocation: Allocation?
    /// The version of the starts that the shim takes; `nil`: an earlier build's.
    var startVersion: UInt32?

    /// Whether the shim starts what this agent asks it to.
    var takesStarts: Bool { startVersion == ShimRequest.startVersion }
}

/// A process that can be told from a later one with the same number.
struct ProcessRecord: Codable, Equatable, Sendable {
    var pid: Int32
    /// Field 22 of `/proc/<pid>/stat`, in clock ticks since boot.
    var startTime: UInt64

    init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// Still there, and not merely waiting to be reaped.
    var isAlive: Bool {
        guard let stat = try? ProcessStat(pid: pid) else { return false }
        return stat.startTime == startTime && stat.state != "Z" && stat.state != "X"
    }
}

/// What the machine wrote down of one instance of a container.
struct ContainerRecord: Codable, Equatable, Sendable {
    var version = 1
    var id: String
    var name: String
    var restartCount: Int
    /// Crashes in a row, for the back-off: starts anew once an instance has lasted.
    var attempt: Int
    /// As the pod names it.
    var image: String
    var imageID: String
    var logPath: String
    /// The link to the log below `/var/log/containers`; empty when there is none.
    var logLink = ""
    var cgroup: String
    var createdAt: Date
    /// The sandbox that it was started in: only that one's shim can tell how it ended.
    var sandbox = ""
    /// What asks it to leave.
    var stopSignal: Int32 = 15
    /// Without a termination message a failed instance's last lines are it; `nil`: no.
    var fallsBackToLog: Bool?
    /// Its hook after the start has not succeeded yet; `nil`: it has none, or it has.
    var awaitsPostStart: Bool?
    var allocation: Allocation?
    /// What it was made of, if it was added to a running pod.
    var ephemeral: EphemeralContainer?
    /// When it is killed; `nil`: nobody has asked it to leave.
    var stopBy: ContinuousClock.Instant?
    /// Its hook before the stop has run.
    var ranPreStop: Bool?
    /// The pod's variables as they were when it started, each a name and a value with `$(VAR)` not yet expanded: a
    /// command that is run beside it has them too. `nil`: of an earlier agent's.
    var environment: [[String]]?
    /// What made it, and whom it runs as there; `nil`: the built-in runtime.
    var runtime: OtherRuntime?
    var user: RuntimeSpec.User?
    /// What AppArmor confines it by, and commands that are run beside it; `nil`: nothing.
    var appArmor: String?
    /// `nil` while it is being created: a start that was interrupted is recognised by it.
    var process: ProcessRecord?
    var startedAt: Date?
    var startedInstant: ContinuousClock.Instant?
    /// When its start was begun with, before its image was asked for; `nil`: of an earlier agent's.
    var begunInstant: ContinuousClock.Instant?
    /// When all of the pod were last to start anew before that.
    var anewSince: ContinuousClock.Instant?
    /// `nil` while it runs.
    var end: End?

    /// How the instance ended, written down when it was first seen: the cgroup that tells of the memory goes then.
    struct End: Codable, Equatable, Sendable {
        var code: Int32
        var signal: Int32
        /// One of the API's reasons; `nil` is read off the exit code.
        var reason: String?
        var message: String
        var finishedAt: Date
        var finishedInstant: ContinuousClock.Instant
    }
}

/// The records of one pod, as files.
struct PodRecords: Sendable {
    let directories: Directories
    let pod: Pod.ID
    let readSandboxes: ReadRecords<SandboxRecord>
    let readContainers: ReadRecords<ContainerRecord>
    let newest: NewestInstances

    private var sandboxFile: FilePath { directories.running.appending(pod.rawValue).appending("sandbox.json") }

    private func file(_ container: String, _ restartCount: Int) -> FilePath {
        directories.containers(of: pod).appending(container).appending("\(restartCount).json")
    }

    /// Where the shim writes how the instance ended.
    func exitFile(_ container: String, _ restartCount: Int) -> FilePath {
        directories.containers(of: pod).appending(container).appending("\(restartCount).exit")
    }

    func sandbox() throws -> SandboxRecord? {
        try readSandboxes.record(at: sandboxFile) { try decode(SandboxRecord.self, at: $0) }
    }

    func write(_ record: SandboxRecord) throws { try encode(record, to: sandboxFile) }

    func removeSandbox() throws {
        try removeFile(at: sandboxFile)
        readSandboxes.forget(sandboxFile)
    }

    /// Every instance there is a record of: by container, the newest first.
    func containers() throws -> [String: [ContainerRecord]] {
        var records: [String: [ContainerRecord]] = [:]
        for name in try directoryEntries(directories.containers(of: pod)) {
            let found = try instances(of: name)
            if !found.isEmpty { records[name] = found }
        }
        return records
    }

    /// Every instance of one container that there is a record of, the newest first.
    func instances(of container: String) throws -> [ContainerRecord] {
        let folder = directories.containers(of: pod).appending(container)
        return try directoryEntries(folder).filter { $0.hasSuffix(".json") }
            .compactMap { try self.container(at: folder.appending($0)) }
            .sorted { $0.restartCount > $1.restartCount }
    }

    /// The newest instance of one container that there is a record of.
    func newestInstance(of container: String) throws -> ContainerRecord? {
        let folder = directories.containers(of: pod).appending(container)
        if let known = newest.number(in: folder) {
            if let record = try self.container(at: file(container, known)) { return record }
            newest.forget(known, in: folder)
        }
        let numbers = try directoryEntries(folder).compactMap { name in
            name.hasSuffix(".json") ? Int(name.dropLast(5)) : nil
        }
        guard let found = numbers.max() else { return nil }
        newest.note(found, in: folder)
        return try self.container(at: file(container, found))
    }

    func write(_ record: ContainerRecord) throws {
        let folder = directories.containers(of: pod).appending(record.name)
        try makeDirectories(folder)
        try encode(record, to: file(record.name, record.restartCount))
        newest.note(record.restartCount, in: folder)
    }

    func remove(_ record: ContainerRecord) throws {
        try removeFile(at: exitFile(record.name, record.restartCount))
        try removeFile(at: file(record.name, record.restartCount))
        readContainers.forget(file(record.name, record.restartCount))
        newest.forget(record.restartCount, in: directories.containers(of: pod).appending(record.name))
    }

    private func container(at path: FilePath) throws -> ContainerRecord? {
        try readContainers.record(at: path) { try decode(ContainerRecord.self, at: $0) }
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
