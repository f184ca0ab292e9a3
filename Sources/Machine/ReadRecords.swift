import Linux
import Synchronization
import SystemPackage

/// Records that were read, until their files change: each probe and each exec asks for them again.
///
/// The files count, and this may be empty at any time. Each write makes a new file, so none that changed looks the same.
final class ReadRecords<Record: Sendable>: Sendable {
    private let records = Mutex<[FilePath: (stamp: FileStamp, record: Record)]>([:])

    /// The record in a file: as it is known, or by `read`.
    func record(at path: FilePath, _ read: (FilePath) throws -> Record?) rethrows -> Record? {
        // Taken before the record is read: one that is replaced meanwhile is read again.
        let stamp = fileStamp(path)
        if let known = records.withLock({ $0[path] }), known.stamp == stamp { return known.record }
        guard let record = try read(path) else { return nil }
        if let stamp { records.withLock { $0[path] = (stamp, record) } }
        // Removed meanwhile, it would be kept for ever.
        if fileStamp(path) != stamp { forget(path) }
        return record
    }

    func forget(_ path: FilePath) { records.withLock { $0[path] = nil } }
}

/// Which instance of a container is the newest, by the folder of its records: who asks need not list them.
///
/// The files count: a number whose record is gone is forgotten, and this may be empty at any time. Only the agent writes
/// records, and each that it writes is noted.
final class NewestInstances: Sendable {
    private let numbers = Mutex<[FilePath: Int]>([:])

    func number(in folder: FilePath) -> Int? { numbers.withLock { $0[folder] } }

    /// Somebody who has listed the folder before a newer one was written does not undo that.
    func note(_ number: Int, in folder: FilePath) {
        numbers.withLock { $0[folder] = max(number, $0[folder] ?? number) }
    }

    /// Of an instance that is gone; a newer one that was written meanwhile is not forgotten.
    func forget(_ number: Int, in folder: FilePath) {
        numbers.withLock { if $0[folder] == number { $0[folder] = nil } }
    }
}
