import FoundationEssentials
import Pods
import Testing

import struct Kubernetes.Time

@testable import Machine

@Suite struct `What is held for a pod` {
    private let wall = Date(timeIntervalSince1970: 1_800_000_000)
    private let now = ContinuousClock.now

    private func entry(aged age: Duration, wall date: Date, boot: String?) -> PodLedgerEntry {
        var entry = PodLedgerEntry(
            Pod(id: .init("u"), name: "p", namespace: "default", source: .api), sandboxID: nil)
        entry.startedAt = date
        if let boot { (entry.startedInstant, entry.startedBoot) = (now.advanced(by: .zero - age), boot) }
        return entry
    }

    /// Seconds of age by the boot's clock and by the machine's, of which boot it is, and how old the pod is.
    @Test(arguments: [
        (Int64(60), 60.0, "this", Int64(60)), (60, 3660, "this", 60), (60, -3540, "this", 60),
        (60, 3660, "other", 3660), (60, -3540, "other", 0), (60, 90, nil, 90),
    ])
    func `is as old as a clock says that nobody sets`(boot: Int64, wall age: Double, of id: String?, is seconds: Int64)
    {
        let entry = entry(aged: .seconds(boot), wall: wall.addingTimeInterval(-age), boot: id)
        let since = entry.since(boot: "this", wall: wall, now: now)
        #expect(since?.boot.duration(to: now) == .seconds(seconds))
        #expect(since?.wall == Time(seconds: Int64(1_800_000_000 - age)))
    }

    @Test func `begins once`() {
        let first = entry(aged: .seconds(60), wall: wall, boot: "other")
        var again = PodLedgerEntry(
            Pod(id: .init("u"), name: "p", namespace: "default", source: .api), sandboxID: nil)
        again.start(after: nil)
        #expect(again.since()?.boot == again.startedInstant)
        again.start(after: first)
        #expect(again == first)
    }
}
