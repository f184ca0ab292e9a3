import CNI
import Ledger
import Linux
import Logging
package import Pods
package import SystemPackage

extension Machine {
    /// Gives back what no pod of the ledger accounts for: attachments and namespaces of an agent that was
    /// interrupted, and directories that a power cut left.
    package func giveBackStrays() async {
        do {
            if try await !networks.awaitEarlierPlugins() {
                Logger.current.warning("A network plugin of an earlier agent still runs")
            }
            let entries = try ledger.keys(.pods).compactMap { try PodLedgerEntry(of: Pod.ID($0), in: ledger) }
            for error in await networks.collectGarbage(keeping: Set(entries.compactMap(\.sandboxID))) {
                Logger.current.error("Network not given back", metadata: ["error": "\(error)"])
            }
            try cgroups.adopt(
                Dictionary(entries.compactMap { entry in entry.claim.map { (Pod.ID(entry.uid), $0) } }) { $1 })
            let known = Set(entries.map(\.uid))
            // Of a resize that was granted while its pod was removed.
            for pod in try ledger.keys(.allocations) where !known.contains(pod) {
                try ledger.erase(.allocations, key: pod)
            }
            for namespace in try NetworkNamespace.all(in: directories.networkNamespaces) {
                guard let name = namespace.path.lastComponent?.string, !known.contains(name) else { continue }
                try namespace.remove()
            }
            for directory in try directoryEntries(directories.pods) where !known.contains(directory) {
                try await onOwnThread { [directories] in try removeTree(at: directories.pods.appending(directory)) }
            }
        } catch {
            Logger.current.error("Strays not given back", metadata: ["error": "\(error)"])
        }
    }

    /// The files of a container's logs, the newest instance first.
    package func logPaths(of container: String, in pod: Pod.ID) throws -> [FilePath] {
        try records(of: pod).instances(of: container).map { FilePath($0.logPath) }
    }
}
