import Linux
import Synchronization
import SystemPackage

/// Records of containers that were read, until their files change: each probe and each exec asks for one again.
///
/// The files count, and this may be empty at any time. Each write makes a new file, so none that changed looks the same.
final class ReadRecords: Sendable {
    private let records = Mutex<[FilePath: (stamp: FileStamp, record: ContainerRecord)]>([:])

    func record(at path: FilePath) -> ContainerRecord? {
        guard let known = records.withLock({ $0[path] }), known.stamp == fileStamp(path) else { return nil }
        return known.record
    }

    /// - Parameter stamp: taken before the record was read: one that was replaced meanwhile is read again.
    func keep(_ record: ContainerRecord, _ stamp: FileStamp, at path: FilePath) {
        records.withLock { $0[path] = (stamp, record) }
    }

    func forget(_ path: FilePath) { records.withLock { $0[path] = nil } }
}
