import Linux
import Logging
import Pods
import SystemPackage

extension Machine {
    /// Gives the pod's network back and ends its pause and shim. Records and logs of containers stay.
    func removeSandbox(of pod: Pod) async throws {
        let records = self.records(of: pod.id)
        if let held = try SandboxLedgerEntry(of: pod.id, in: ledger) {
            if !held.usesHostNetwork {
                try await networks.detach(held.attachment(directories))
                try NetworkNamespace(path: directories.networkNamespace(of: pod.id)).remove()
            }
        }
        if let record = try records.sandbox() {
            try await cgroups.remove(FilePath(record.cgroup))
            await endShim(record.shim, of: pod.id)
        }
        try records.removeSandbox()
    }

    /// Tells the shim that nothing is left to keep, and kills one that does not listen.
    private func endShim(_ shim: ProcessRecord, of pod: Pod.ID) async {
        guard shim.isAlive else { return await shims.forget(pod) }
        do {
            try await shims.client(for: pod).shutdown()
        } catch {
            Logger.current.notice("Shim does not answer and is killed", metadata: ["pid": "\(shim.pid)", "error": "\(error)"])
            if let pidfd = try? PidFD(pid: shim.pid), shim.isAlive { try? pidfd.send(9) }
        }
        await shims.forget(pod)
    }

    /// Removes everything that is left of a pod; the ledger's entry last, so that an interrupted removal is found.
    func removePod(_ pod: Pod) async throws {
        try await removeSandbox(of: pod)
        for record in try records(of: pod.id).containers().values.joined() { try await remove(record, of: pod.id) }
        try await cgroups.removePod(pod.id)
        let paths = [
            directories.pods.appending(pod.id.rawValue), directories.running.appending(pod.id.rawValue),
            directories.logs(of: pod),
        ]
        try await onOwnThread { for path in paths { try removeTree(at: path) } }
        try SandboxLedgerEntry.erase(of: pod.id, in: ledger)
        Logger.current.notice("Pod removed")
    }

    /// Whether anything is left that ``removePod(_:)`` would remove.
    func hasLeftovers(_ pod: Pod.ID) throws -> Bool { try SandboxLedgerEntry(of: pod, in: ledger) != nil }

    package func leftovers() async throws -> [Pod] {
        try ledger.keys(.pods).compactMap { try SandboxLedgerEntry(of: Pod.ID($0), in: ledger)?.pod }
    }
}
