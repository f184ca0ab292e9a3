import FoundationEssentials
import Ledger
package import Pods

extension Ledger.Kind {
    /// What each pod was given: one entry for each that has had a sandbox.
    static let allocations = Self("allocations")
}

extension Machine {
    /// Not durably: after a power cut nothing runs with what was given.
    package func record(_ allocation: PodAllocation, of pod: Pod.ID) throws {
        guard try ledger.content(.pods, key: pod.rawValue) != nil else { return }
        try write(allocation, of: pod)
    }

    /// With its first sandbox; what was recorded since then is newer.
    func recordFirstAllocation(of pod: Pod) throws {
        if try allocation(of: pod.id) == nil { try write(PodAllocation(pod), of: pod.id) }
    }

    func allocation(of pod: Pod.ID) throws -> PodAllocation? {
        try ledger.content(.allocations, key: pod.rawValue).flatMap {
            try? JSONDecoder().decode(PodAllocation.self, from: Data($0))
        }
    }

    private func write(_ allocation: PodAllocation, of pod: Pod.ID) throws {
        try ledger.record(
            [UInt8](JSONEncoder().encode(allocation)), .allocations, key: pod.rawValue, durably: false)
    }
}
