import Images
import Kubernetes
import Ledger
import Linux
import Logging
import Node
import ServiceLifecycle
import SystemPackage

extension Ledger.Kind {
    /// Archives of the preload directory that have been imported, with the stamp they had.
    static let preloads = Self("preloads")
}

/// Imports the images that lie in a directory, each once: at start, and whenever one comes.
///
/// An archive that did not change since is passed over; one that is being written is waited for until its writer
/// closes it, or has been still for ``patience`` where that was not seen.
actor Preload: Service {
    private let directory: FilePath
    private let store: ImageStore
    private let ledger: Ledger
    private let relist: Duration
    private static let patience = Duration.seconds(10)
    /// What is wrong with an entry as it is now, told once.
    private var problems: [String: String] = [:]
    /// Entries that somebody writes.
    private var unsettled: Set<String> = []

    init(directory: FilePath, store: ImageStore, ledger: Ledger, relist: Duration = .seconds(20)) {
        self.directory = directory
        self.store = store
        self.ledger = ledger
        self.relist = relist
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.follow(ManifestWatch(self.directory))
                } catch is CancellationError {
                    return
                } catch {
                    Logger.current.error("Preload directory cannot be watched", metadata: ["error": "\(error)"])
                    try? await Task.sleep(for: self.relist)
                    await self.importAll()
                }
            }
        }
    }

    private func follow(_ watch: ManifestWatch) async throws {
        await importAll()
        while true {
            let changes = try await watch.changes(within: relist)
            if changes.isLost { return }
            unsettled = unsettled.union(changes.written).subtracting(changes.settled)
            for name in changes.settled.sorted() { await importOne(name, isWhole: true) }
            // Directories do not tell when they are whole, nor do links when what they lead to changes.
            if changes.settled.isEmpty && changes.written.isEmpty { await importAll() }
        }
    }

    /// A broken archive is told of, and holds nobody else up.
    func importAll() async {
        do {
            let names = try directoryEntries(directory).filter { !ManifestFile.isIgnored($0) }
            problems = problems.filter { names.contains($0.key) }
            for name in names.sorted() where !isBeingWritten(name) { await importOne(name, isWhole: false) }
        } catch {
            Logger.current.error("Preload directory cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// A directory is never closed: it is tried until it is whole.
    private func isBeingWritten(_ name: String) -> Bool {
        unsettled.contains(name) && isRegularFile(directory.appending(name))
    }

    /// `isWhole`: its writer was seen to have done with it.
    private func importOne(_ name: String, isWhole: Bool) async {
        let path = directory.appending(name)
        guard let stamp = fileStamp(path) else { return }
        let stampText = Array("\(stamp)".utf8)
        do {
            guard try ledger.content(.preloads, key: name) != stampText else { return }
            // What is wrong with a file stays wrong until it changes.
            if isRegularFile(path), problems[name]?.hasPrefix("\(stamp) ") == true { return }
            let images = try await store.importArchive(path)
            problems[name] = nil
            try ledger.record(stampText, .preloads, key: name)
            Logger.current.notice(
                "Image imported", metadata: ["file": "\(path)", "images": "\(images.flatMap(\.names))"])
        } catch is CancellationError {
        } catch {
            if !isWhole, isYoung(path) { return }
            let problem = "\(stamp) \(error)"
            defer { problems[name] = problem }
            guard problem != problems[name] else { return }
            Logger.current.error("Image not imported", metadata: ["file": "\(path)", "error": "\(error)"])
        }
    }

    /// Written to a moment ago: somebody may be at it still.
    private func isYoung(_ path: FilePath) -> Bool {
        guard let status = try? fileStatus(path), status.kind == .regular else { return false }
        let age =
            nanoseconds(of: .wall) - (status.modified.seconds * 1_000_000_000 + Int64(status.modified.nanoseconds))
        return .nanoseconds(age) < Self.patience
    }
}
