import Cgroups
import JSONText
import Linux
import SystemPackage

/// What is remembered of a container while it is there: `state.json` in its directory.
struct ContainerRecord: Codable, Equatable {
    var version = 1
    let id: String
    var ociVersion: String
    /// The first process; 0: there is none yet. Its start time, in clock ticks since boot, tells it from a later one of that number.
    var pid: Int32
    var startTime: UInt64
    /// Absolute.
    let bundle: String
    let rootfs: String
    /// RFC 3339.
    let created: String
    /// The directory of the container's group; `nil`: it has none of its own.
    var cgroup: String?
    /// The group was made for this container, and goes with it.
    var ownsCgroup: Bool
    /// The unit of systemd's that has the group; `nil`: none has.
    var scope: String?
    /// A share of cache or memory bandwidth was made for it that its specification does not name.
    var hasLaterShare: Bool?
    var annotations: [String: String]

    var json: JSON {
        var object = JSON.Object([
            ("version", .number("\(version)")), ("id", .string(id)), ("ociVersion", .string(ociVersion)),
            ("pid", .number("\(pid)")), ("startTime", .number("\(startTime)")), ("bundle", .string(bundle)),
            ("rootfs", .string(rootfs)), ("created", .string(created)), ("ownsCgroup", .bool(ownsCgroup)),
            ("annotations", .object(.init(annotations.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))),
        ])
        if let cgroup { object["cgroup"] = .string(cgroup) }
        if let scope { object["scope"] = .string(scope) }
        if let hasLaterShare { object["hasLaterShare"] = .bool(hasLaterShare) }
        return .object(object)
    }
}

/// How far a container's life has come. Source: runtime-spec, runtime.md, "State"; `paused` is runc's.
enum ContainerStatus: String {
    case creating, created, running, paused, stopped
}

/// Where a container's files lie, below `--root`.
struct ContainerDirectory {
    let path: FilePath

    init(_ runtime: Runtime, _ id: String) { path = runtime.root.appending(id) }

    var record: FilePath { path.appending("state.json") }
    /// The bundle's config.json as it was when the container was created.
    var config: FilePath { path.appending("config.json") }
    /// Whoever connects here lets a created container start.
    var start: FilePath { path.appending("start") }

    func write(_ record: ContainerRecord) throws {
        let temporary = path.appending("state.json.new")
        // Like all of `/run` it does not outlive the boot: there is nothing to bring to a disk.
        try openFile(temporary, [.writeOnly, .create, .truncate], mode: 0o600).borrow { fd in
            _ = try fd.writeAll(record.json.encoded)
        }
        try moveFile(at: temporary, to: self.record)
    }

    /// Writes a file of the caller's, whole or not at all: whoever waits for it reads it as soon as it is there.
    ///
    /// It is made in the container's directory: what a runtime that is killed leaves there goes with the container.
    func write(pid: Int32, to file: FilePath) throws {
        guard let name = file.lastComponent else { throw Failure("pid file \(file): not a file") }
        let own = path.appending("pid-\(pid)")
        try Self.make(own, of: pid)
        do throws(SyscallError) {
            try moveFile(at: own, to: file)
        } catch {
            guard error.errno == .improperLink else { throw error }
            // On another file system, it is made beside its place.
            let beside = file.removingLastComponent().appending(".\(name)")
            try Self.make(beside, of: pid)
            try moveFile(at: beside, to: file)
            try removeFile(at: own)
        }
    }

    private static func make(_ file: FilePath, of pid: Int32) throws {
        // Where others may write as well, a link of theirs under this name would be followed.
        try removeFile(at: file)
        try openFile(file, [.writeOnly, .create, .exclusive], mode: 0o666).borrow { fd in
            _ = try fd.writeAll("\(pid)".utf8)
        }
    }

    /// Holds off everybody else who would change the container; let go when the descriptor is closed.
    func lock() throws(SyscallError) -> OwnedFileDescriptor {
        let directory = try openDirectory(path)
        try directory.borrow { fd throws(SyscallError) in try fd.lock() }
        return directory
    }

    /// Makes the directory; a container of that name is an error.
    func make(_ id: String) throws {
        try makeDirectories(path.removingLastComponent(), mode: 0o700)
        do {
            try makeNewDirectory(path, mode: 0o700)
        } catch {
            if error.errno == .fileExists { throw Failure("container with id exists: \(id)") }
            throw error
        }
    }
}

/// A container that was created.
struct Container {
    let directory: ContainerDirectory
    var record: ContainerRecord

    init(_ runtime: Runtime, _ id: String) throws {
        directory = ContainerDirectory(runtime, id)
        guard let bytes = try readFile(at: directory.record, ifExists: true) else {
            throw Failure("container \(id) does not exist")
        }
        record = try JSONReader.read(ContainerRecord.self, from: bytes)
    }

    func lock() throws -> OwnedFileDescriptor { try directory.lock() }

    /// As the kernel has it now.
    var status: ContainerStatus {
        get throws {
            if record.pid == 0 { return .creating }
            guard let stat = try stat(), stat.startTime == record.startTime, stat.state != "Z", stat.state != "X" else {
                return .stopped
            }
            if try cgroup?.isFrozen() == true { return .paused }
            return try isAwaitingStart ? .created : .running
        }
    }

    /// Asked of the process itself: whoever started it may have been killed before the socket's file was gone.
    private var isAwaitingStart: Bool {
        get throws {
            guard try fileExists(at: directory.start) else { return false }
            do throws(SyscallError) {
                _ = try UnixSocket.connecting(to: directory.start, .packets)
                return true
            } catch {
                switch error.errno {
                case .connectionRefused, .noSuchFileOrDirectory: return false
                // It is stopped, or slow: many have asked already.
                case .resourceTemporarilyUnavailable: return true
                default: throw error
                }
            }
        }
    }

    /// `nil` when no process has the number any more. What could not be read is not taken for gone.
    private func stat() throws -> ProcessStat? {
        do {
            return try ProcessStat(pid: record.pid)
        } catch let error as SyscallError {
            guard error.errno == .noSuchFileOrDirectory || error.errno == .noSuchProcess else { throw error }
            return nil
        }
    }

    /// The state that the specification's `state` answers and hooks read.
    ///
    /// Source: runtime-spec, runtime.md, "State".
    func state(_ status: ContainerStatus) -> JSON {
        var object = JSON.Object([
            ("ociVersion", .string(record.ociVersion)), ("id", .string(record.id)),
            ("status", .string(status.rawValue)),
        ])
        if status != .stopped, record.pid != 0 { object["pid"] = .number("\(record.pid)") }
        object["bundle"] = .string(record.bundle)
        if !record.annotations.isEmpty { object["annotations"] = record.json["annotations"] }
        return .object(object)
    }

    /// A handle on the first process; `nil` when it has ended.
    func process() throws -> PidFD? {
        guard record.pid != 0 else { return nil }
        let handle: PidFD
        do throws(SyscallError) {
            handle = try PidFD(pid: record.pid)
        } catch {
            guard error.errno == .noSuchProcess else { throw error }
            return nil
        }
        // Looked at with the handle open: the number cannot come to mean another meanwhile.
        guard let stat = try stat(), stat.startTime == record.startTime else { return nil }
        return handle
    }
}
