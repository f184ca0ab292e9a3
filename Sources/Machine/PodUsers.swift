import FoundationEssentials
import Linux
import OCI
package import Pods
import Synchronization
import SystemPackage

/// What stands for the ids of a pod's user namespace, in the kubelet's words: the file `userns` of the pod's directory.
///
/// Source: kubernetes `pkg/kubelet/userns/userns_manager.go`.
struct UserMapping: Codable, Equatable, Sendable {
    struct Line: Codable, Equatable, Sendable {
        var hostId: UInt32
        var containerId: UInt32
        var length: UInt32
    }
    var uidMappings: [Line]
    var gidMappings: [Line]

    init(_ range: UserIDPool.Range) {
        uidMappings = [Line(hostId: range.first, containerId: 0, length: range.count)]
        gidMappings = uidMappings
    }

    /// `nil` when there is no such file: the pod has the host's users.
    init?(at path: FilePath) throws {
        guard let content = try readFile(at: path, ifExists: true, limit: 64 << 10) else { return nil }
        self = try naming("read \(path)") { try JSONDecoder().decode(Self.self, from: Data(content)) }
        guard uidMappings.count == 1, uidMappings == gidMappings, uidMappings[0].containerId == 0 else {
            throw Unusual(path: path)
        }
    }

    func write(to path: FilePath) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try replaceFile(at: path, with: [UInt8](encoder.encode(self)))
    }

    /// The ids of the host.
    var range: UserIDPool.Range? {
        uidMappings.first.map { UserIDPool.Range(first: $0.hostId, count: $0.length) }
    }

    var idMappings: [RuntimeSpec.IDMapping] {
        uidMappings.map { .init(containerID: $0.containerId, hostID: $0.hostId, size: $0.length) }
    }

    struct Unusual: Error, CustomStringConvertible {
        let path: FilePath
        var description: String {
            "\(path): invalid user namespace configuration: one mapping from 0 on, the same for users and groups, is expected"
        }
    }
}

/// Hands ids out, to one pod at a time. What is taken stands in the pods' directories and nowhere else: a range is free
/// when no file names it.
package final class PodUsers: Sendable {
    private let pool: UserIDPool
    private let turn = Mutex(())

    package init(_ pool: UserIDPool) { self.pool = pool }

    /// Writes down which ids are the pod's, unless that is written already.
    func take(for pod: Pod.ID, in directories: Directories) throws {
        try turn.withLock { _ in
            if try UserMapping(at: directories.userMapping(of: pod)) != nil { return }
            let taken = try directoryEntries(directories.pods).compactMap {
                try UserMapping(at: directories.userMapping(of: Pod.ID($0)))?.range
            }
            guard let free = pool.firstFree(besides: taken) else { throw NoneLeft() }
            try makeDirectories(directories.pods.appending(pod.rawValue), mode: 0o750)
            try UserMapping(free).write(to: directories.userMapping(of: pod))
        }
    }

    struct NoneLeft: Error, CustomStringConvertible {
        var description: String { "could not find an empty slot to allocate a user namespace" }
    }
}
