import Gzip
import Linux
import Logging
import Pods
import Shim
import Synchronization
import SystemPackage

/// Learns that a part was cut off a log: the shim tells nobody, but the directory does.
final class LogWatch: Sendable {
    private let inotify: Inotify
    private let directories = Mutex<[Inotify.Watch: FilePath]>([:])

    init() throws(SyscallError) { inotify = try Inotify() }

    /// Until the directory is removed.
    func add(_ directory: FilePath) throws(SyscallError) {
        let watch = try inotify.add(directory, .movedTo)
        directories.withLock { $0[watch] = directory }
    }

    /// Waits until files were renamed in some of the directories, and tells in which.
    func next() async throws -> Set<FilePath> {
        var changed: Set<FilePath> = []
        while changed.isEmpty {
            for event in try await inotify.events() {
                if event.mask.contains(.overflow) { return directories.withLock { Set($0.values) } }
                if event.mask.contains(.ignored) { directories.withLock { $0[event.watch] = nil } }
                // The names that compressed parts get.
                guard event.mask.contains(.movedTo), event.name?.hasSuffix(".gz") == false else { continue }
                if let directory = directories.withLock({ $0[event.watch] }) { changed.insert(directory) }
            }
        }
        return changed
    }
}

extension Machine {
    /// Compresses full parts of containers' logs, all but the newest of each, which a collector may still read: first
    /// what was cut off while no agent ran, then whatever is, until the task is cancelled.
    ///
    /// Source: facts of kubelet, §13.4.
    package func keepLogsCompressed() async {
        var changed: Set<FilePath> = []
        for pod in (try? await leftovers()) ?? [] {
            let folder = directories.logs(of: pod)
            changed.formUnion(((try? directoryEntries(folder)) ?? []).map { folder.appending($0) })
        }
        for directory in changed { try? logWatch.add(directory) }
        while !Task.isCancelled {
            for directory in changed { await compress(directory) }
            do {
                changed = try await logWatch.next()
            } catch is CancellationError {
                return
            } catch {
                Logger.current.error("Logs are not watched", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: .seconds(10))
            }
        }
    }

    private func compress(_ directory: FilePath) async {
        do {
            try await onOwnThread { try compressParts(in: directory) }
        } catch {
            // A pod's directory may go meanwhile.
            guard let there = try? fileStatus(directory), there.kind == .directory else { return }
            Logger.current.error("Log not compressed", metadata: ["directory": "\(directory)", "error": "\(error)"])
        }
    }
}

/// Compresses the full parts of every log in a directory, all but the newest of each, and removes what an interrupted
/// agent left.
func compressParts(in directory: FilePath) throws {
    let names = try directoryEntries(directory)
    for name in names where name.hasSuffix(temporary) { try removeFile(at: directory.appending(name)) }
    // By the parts too: between two renamings there is no file that is written to.
    let logs = Set(names.compactMap { name in name.firstRange(of: ".log").map { String(name[..<$0.upperBound]) } })
    for name in logs.sorted() {
        let log = directory.appending(name)
        let parts = try LogPart.all(of: log)
        for part in parts where part.isCompressed {
            try removeFile(at: LogPart(of: log, stamp: part.stamp, isCompressed: false).path)
        }
        for part in parts.dropLast() where !part.isCompressed {
            let target = LogPart(of: log, stamp: part.stamp, isCompressed: true).path
            let new = FilePath("\(target)\(temporary)")
            do {
                try compress(part.path, to: new, mode: 0o640)
                try renameFile(new, to: target)
            } catch {
                try? removeFile(at: new)
                // The shim may have removed it: it was one too many.
                if try fileStatus(part.path) == nil { continue }
                throw error
            }
            try removeFile(at: part.path)
        }
    }
}

private let temporary = ".gz.tmp"
