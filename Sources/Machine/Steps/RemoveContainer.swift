import Linux
import Pods
import Shim
import SystemPackage

extension Machine {
    func remove(instance: String, of pod: Pod.ID) async throws {
        guard let record = try record(of: instance, in: pod) else { return }
        try await remove(record, of: pod)
    }

    /// Removes what an instance left, its record last: until then a next try finds it again.
    func remove(_ record: ContainerRecord, of pod: Pod.ID) async throws {
        try await cgroups.remove(FilePath(record.cgroup))
        if let runtime = record.runtime { try await delete(.init(runtime: runtime, id: record.id)) }
        try await forget(record, in: pod)
        let files = directories.instance(record.name, record.restartCount, of: pod)
        try await onOwnThread { try removeTree(at: files) }
        try removeLogs(of: record)
        try records(of: pod).remove(record)
        execPrograms[record.id] = nil
    }

    /// The shim lets go of what it holds of an instance: it would run out of descriptors in a pod that crashes for days.
    private func forget(_ record: ContainerRecord, in pod: Pod.ID) async throws {
        let shim = self.shim(of: pod)
        do {
            // Its group is empty, so it has ended; the shim may not have looked yet.
            _ = try await shim.wait(record.id)
            try await shim.remove(record.id)
        } catch is ShimError {
            // There is no shim, or one that never knew it.
        }
    }

    /// The log with all its rotated parts, and the link to it.
    private func removeLogs(of record: ContainerRecord) throws {
        let log = FilePath(record.logPath)
        guard let current = log.lastComponent?.string else { return }
        let directory = log.removingLastComponent()
        for name in try directoryEntries(directory) where name.hasPrefix(current) {
            try removeFile(at: directory.appending(name))
        }
        if !record.logLink.isEmpty { try removeFile(at: FilePath(record.logLink)) }
    }
}
