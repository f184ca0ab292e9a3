import CNI
import Ledger
import Linux
import Logging
package import Pods
import Shim
import SystemPackage

extension Machine {
    /// Gives the pod's network back and ends its pause and shim. Records and logs of containers stay.
    func removeSandbox(of pod: Pod) async throws {
        let records = self.records(of: pod.id)
        let held = try PodLedgerEntry(of: pod.id, in: ledger)
        if let sandbox = held?.sandboxID {
            try await networks.detach(sandboxID: sandbox)
            try NetworkNamespace(path: directories.networkNamespace(of: pod.id)).remove()
        }
        // Containers whose sandbox is gone have no network and no parent: they end with it.
        for record in try records.containers().values.joined() where record.end == nil {
            try cgroups.kill(FilePath(record.cgroup))
        }
        try await cgroups.removeSandbox(of: pod.id)
        try await endShim(try records.sandbox()?.shim, of: pod.id)
        if let container = held?.madeElsewhere {
            try await delete(container)
            try await onOwnThread { [bundle = directories.sandboxBundle(of: pod.id)] in try removeTree(at: bundle) }
        }
        try unmountSharedMemory(of: pod.id)
        try records.removeSandbox()
    }

    /// Ends what the shim still keeps, then the shim; kills one that does not listen.
    ///
    /// What it keeps it is asked itself: an agent that was interrupted while it made a sandbox left no record.
    private func endShim(_ shim: ProcessRecord?, of pod: Pod.ID) async throws {
        let client = self.shim(of: pod)
        do {
            for process in try await client.list() where process.exit == nil {
                do {
                    try await client.signal(process.id, 9, all: true)
                    _ = try await client.wait(process.id)
                } catch ShimError.refused(_, .noSuchProcess) {
                    // An exec that has ended, and whose asker was told: the shim has forgotten it.
                }
            }
            try await client.shutdown()
        } catch ShimError.gone {
        } catch let error as CancellationError {
            throw error
        } catch {
            Logger.current.notice("Shim does not listen and is killed", metadata: ["error": "\(error)"])
            if let shim, shim.isAlive, let pidfd = try? PidFD(pid: shim.pid) { try pidfd.send(9) }
        }
        try removeFile(at: client.socket)
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
        try await removeTrees(at: paths)
        try ledger.erase(.allocations, key: pod.id.rawValue)
        try PodLedgerEntry.erase(of: pod.id, in: ledger)
        Logger.current.notice("Pod removed")
    }

    /// Gives back what nobody needs of a pod that has ended. Records, logs and writable layers of its containers stay.
    ///
    /// That it is done is written down last: until then an interrupted agent's successor finds the pod again.
    func giveBack(of pod: Pod) async throws {
        // One whose making was interrupted has no record.
        try await removeSandbox(of: pod)
        try await cgroups.removePod(pod.id)
        let directory = directories.pods.appending(pod.id.rawValue)
        let layers = directories.layers(of: pod.id).lastComponent?.string
        // The ids of its users are free for others last, when nothing mounted is left that is shown by them.
        let names = try directoryEntries(directory).filter { $0 != layers }
        let ids = directories.userMapping(of: pod.id)
        try await removeTrees(at: names.map { directory.appending($0) }.filter { $0 != ids } + [ids])
        guard var entry = try PodLedgerEntry(of: pod.id, in: ledger) else { return }
        (entry.gaveBack, entry.sandboxID, entry.madeElsewhere, entry.claim) = (true, nil, nil, nil)
        try entry.record(in: ledger)
        Logger.current.notice("What the ended pod held is given back")
    }

    private func removeTrees(at paths: [FilePath]) async throws {
        try await onOwnThread {
            for path in paths {
                do throws(SyscallError) { try removeTree(at: path) } catch {
                    // Most pods have nothing mounted, and the table of mounts grows with the number of pods: it is read
                    // only for one that has.
                    guard [.improperLink, .resourceBusy].contains(error.errno) else { throw error }
                    try unmountAll(atOrBelow: path)
                    try removeTree(at: path)
                }
            }
        }
    }

    package func leftovers() async throws -> [Pod] {
        try ledger.keys(.pods).compactMap { key in
            var pod = try PodLedgerEntry(of: Pod.ID(key), in: ledger)?.pod
            pod?.recordedAllocation = try allocation(of: Pod.ID(key))
            return pod
        }
    }
}
