import Linux
package import SystemPackage

/// Tells which manifests, or other files that people bring, changed, as soon as they did.
///
/// Watches the directory itself, and the directory above it where the path is a file or is not there yet.
package final class ManifestWatch: Sendable {
    /// What happened meanwhile, by file name (empty: the watched path itself).
    package struct Changes: Equatable, Sendable {
        /// Whole: moved into place, closed by its writer, linked, removed, made readable.
        package var settled: Set<String> = []
        /// Just written to: there may come more.
        package var written: Set<String> = []
        /// The watch no longer shows what is at the path: make a new one and look at everything.
        package var isLost = false
    }

    private let inotify: Inotify
    /// The watched directory, for a look at what an event means.
    private let directory: FilePath
    /// The only name of interest, where the directory above is watched.
    private let only: String?
    /// Waiting for the path itself to come into being.
    private let isWaiting: Bool
    /// Directories in the watched one, by their watches.
    private let bundles: [Inotify.Watch: String]

    package init(_ path: FilePath) throws {
        inotify = try Inotify()
        let kind = try? followedStatus(path)?.kind
        if kind == .directory {
            (directory, only, isWaiting) = (path, nil, false)
            _ = try inotify.add(path, .content)
            var bundles: [Inotify.Watch: String] = [:]
            // One that cannot be looked at, or goes at this moment, keeps no other from being watched: the reader tells
            // of it, and the next look at everything finds what changed there.
            for name in try directoryEntries(path) where !ManifestFile.isIgnored(name) {
                guard (try? followedStatus(path.appending(name)))?.kind == .directory else { continue }
                if let watch = try? inotify.add(path.appending(name), .content) { bundles[watch] = name }
            }
            self.bundles = bundles
            return
        }
        var (child, parent) = (path, path.removingLastComponent())
        while (try? openFile(parent, [.path, .directory])) == nil, parent.lastComponent != nil {
            (child, parent) = (parent, parent.removingLastComponent())
        }
        directory = parent.isEmpty ? "." : parent
        only = child.lastComponent?.string ?? ""
        isWaiting = kind == nil
        bundles = [:]
        _ = try inotify.add(directory, .content)
    }

    /// Waits for changes, at most `limit`. An event that comes at the same moment as the time-out is not lost.
    package func changes(within limit: Duration) async throws -> Changes {
        let events = try await withThrowingTaskGroup(of: [Inotify.Event].self) { group in
            group.addTask {
                do { return try await self.inotify.events() } catch is CancellationError { return [] }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return []
            }
            var events = try await group.next() ?? []
            group.cancelAll()
            for try await more in group { events += more }
            return events
        }
        try Task.checkCancellation()
        return events.reduce(into: Changes()) { note($1, in: &$0) }
    }

    private func note(_ event: Inotify.Event, in changes: inout Changes) {
        if !event.mask.isDisjoint(with: [.overflow, .ignored, .deletedSelf, .movedSelf]) { changes.isLost = true }
        // In a bundle a hidden name may be the link that all others lead through, which was exchanged.
        let isHidden = only == nil && bundles[event.watch] == nil && event.name.map(ManifestFile.isIgnored) == true
        guard let name = event.name, only == nil || name == only, !isHidden else {
            return
        }
        let key = only == nil ? name : ""
        if let bundle = bundles[event.watch] {
            // Of a bundle more files may come: it is read when it has been still for a while.
            changes.settled.remove(bundle)
            changes.written.insert(bundle)
            return
        }
        if only == nil, event.mask.contains(.directory), !event.mask.isDisjoint(with: [.created, .movedTo]) {
            changes.isLost = true
            if event.mask.contains(.created) { changes.written.insert(key) } else { changes.settled.insert(key) }
            return
        }
        if isWaiting && !event.mask.isDisjoint(with: [.created, .movedTo]) { changes.isLost = true }
        if !event.mask.isDisjoint(with: [.closedAfterWrite, .movedTo, .movedFrom, .deleted]) {
            changes.settled.insert(key)
            changes.written.remove(key)
        } else if event.mask.contains(.created) && isLink(name) || event.mask == .attributes {
            changes.settled.insert(key)
        } else {
            changes.settled.remove(key)
            changes.written.insert(key)
        }
    }

    /// A symbolic or further hard link has its content at once; a file that was just made waits for its writer.
    private func isLink(_ name: String) -> Bool {
        guard let status = try? fileStatus(directory.appending(name)) else { return false }
        return status.kind == .link || status.links > 1
    }
}
