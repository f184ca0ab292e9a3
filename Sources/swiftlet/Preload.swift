import Images
import Ledger
import Linux
import Logging
import SystemPackage

extension Ledger.Kind {
    /// Archives of the preload directory that have been imported, with the stamp they had.
    static let preloads = Self("preloads")
}

/// Imports the images that lie in a directory, each once: an archive that did not change since is passed over.
struct Preload {
    let directory: FilePath
    let store: ImageStore
    let ledger: Ledger

    /// A broken archive is told of, and holds nobody else up.
    func importAll() async {
        let names: [String]
        do {
            names = try directoryEntries(directory).filter { !$0.hasPrefix(".") }.sorted()
        } catch {
            return Logger.current.error("Preload directory cannot be read", metadata: ["error": "\(error)"])
        }
        for name in names {
            let path = directory.appending(name)
            do {
                try await importOne(path, name)
            } catch {
                Logger.current.error("Image not imported", metadata: ["file": "\(path)", "error": "\(error)"])
            }
        }
    }

    private func importOne(_ path: FilePath, _ name: String) async throws {
        let stamp = Array("\(fileStamp(path).map { "\($0)" } ?? "none")".utf8)
        guard try ledger.content(.preloads, key: name) != stamp else { return }
        let images = try await store.importArchive(path)
        try ledger.record(stamp, .preloads, key: name)
        Logger.current.notice("Image imported", metadata: ["file": "\(path)", "images": "\(images.flatMap(\.names))"])
    }
}
