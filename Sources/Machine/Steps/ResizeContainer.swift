import Pods
import SystemPackage

extension Machine {
    /// Gives a running instance the cpu and memory that its container has now.
    func resize(_ container: Pod.Container, instance: String, of pod: Pod) async throws {
        guard var record = try record(of: instance, in: pod.id), record.end == nil else { return }
        try cgroups.resize(container, of: pod, id: record.id)
        record.allocation = Allocation(container, in: pod)
        try records(of: pod.id).write(record)
        try recordClaim(of: pod)
    }

    /// Gives the pod's group the cpu and memory that the pod has now.
    func resizeWhole(_ pod: Pod) throws {
        guard var record = try records(of: pod.id).sandbox() else { return }
        try cgroups.resize(pod)
        record.allocation = Allocation(wholeOf: pod)
        try records(of: pod.id).write(record)
        try recordClaim(of: pod)
    }

    /// What the class of service weighs is computed from the ledger by the next agent.
    private func recordClaim(of pod: Pod) throws {
        guard var entry = try PodLedgerEntry(of: pod.id, in: ledger) else { return }
        entry.claim = PodClaim(pod)
        try entry.record(in: ledger)
    }
}
