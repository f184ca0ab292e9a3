package import Kubernetes
import Logging
package import Pods
import ServiceLifecycle
package import SystemPackage

/// Tells the pods of a directory of manifests, or of one file: all of them, whenever one changed.
///
/// Driven by inotify; every `relist` everything is looked at again, for what inotify does not tell (the target of a
/// link, a network file system). A file that is being written is read when its writer closes it, or has been still
/// for ``patience``; one that is renamed into place is read at once.
package actor ManifestSource: Service {
    private var directory: ManifestDirectory
    private var relist: Duration
    private let patience: Duration
    private let deliver: @Sendable ([Pods.Pod]) async -> Void
    private let deliverObjects: @Sendable (LocalObjects) async -> Void
    private let now: @Sendable () -> Time
    /// Files that somebody writes, with the moment from which on they are read anyway.
    private var unsettled: [String: ContinuousClock.Instant] = [:]
    /// The directory's revision that was delivered.
    private var delivered: Int?
    private var deliveredObjects = LocalObjects()

    package init(
        path: FilePath, nodeName: String, relist: Duration = .seconds(20), patience: Duration = .milliseconds(500),
        memory: ManifestMemory? = nil, now: @escaping @Sendable () -> Time = { .now },
        deliverObjects: @escaping @Sendable (LocalObjects) async -> Void = { _ in },
        deliver: @escaping @Sendable ([Pods.Pod]) async -> Void
    ) {
        directory = ManifestDirectory(path: path, nodeName: nodeName, memory: memory)
        self.relist = relist
        self.patience = patience
        self.now = now
        self.deliver = deliver
        self.deliverObjects = deliverObjects
    }

    /// How often everything is looked at again: from the next time on.
    package func setRelist(_ period: Duration) { relist = period }

    /// What is wrong with the files now, a line each with the file's path.
    package var problems: [String] { directory.problems }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.follow(ManifestWatch(self.directory.path))
                } catch is CancellationError {
                    return
                } catch {
                    Logger.current.error("Manifests cannot be watched", metadata: ["error": "\(error)"])
                    await self.look(at: nil)
                    // Without a watch there is the relist, no rarer than once in a while.
                    try? await Task.sleep(for: min(self.relist, .seconds(1)))
                }
            }
        }
    }

    /// Looks at everything, then at what the watch tells, until the watch is lost.
    private func follow(_ watch: ManifestWatch) async throws {
        await look(at: nil)
        var due = ContinuousClock.now + relist
        while true {
            let wake = unsettled.values.reduce(due, min)
            let changes = try await watch.changes(within: max(.zero, wake - .now))
            let settled = settle(changes)
            if changes.isLost { return }
            if due <= .now {
                due = .now + relist
                await look(at: nil)
            } else if !settled.isEmpty {
                await look(at: settled)
            }
        }
    }

    /// Keeps apart what is still written; returns what may be read now.
    private func settle(_ changes: ManifestWatch.Changes) -> Set<String> {
        for name in changes.settled { unsettled[name] = nil }
        for name in changes.written { unsettled[name] = .now + patience }
        let still = unsettled.filter { $0.value <= .now }.keys
        for name in still { unsettled[name] = nil }
        return changes.settled.union(still)
    }

    private func look(at names: Set<String>?) async {
        for note in directory.refresh(names, except: Set(unsettled.keys), now: now()) {
            let level: Logger.Level = note.isError ? .error : .warning
            Logger.current.log(
                level: level, "Manifest problem", metadata: ["path": "\(note.path)", "problem": "\(note.text)"])
        }
        defer { directory.remember() }
        let objects = directory.objects
        if objects != deliveredObjects {
            deliveredObjects = objects
            // Before the pods that may need them.
            await deliverObjects(objects)
        }
        guard directory.revision != delivered else { return }
        delivered = directory.revision
        await deliver(directory.pods)
    }
}
