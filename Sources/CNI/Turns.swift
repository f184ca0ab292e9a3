/// Who may work now: one at a time for each sandbox, different sandboxes beside each other, and sometimes one alone.
///
/// Source: SPEC.md, "Lifecycle & Ordering". First come, first served: whoever wants to be alone is not starved.
struct Turns {
    enum Claim: Equatable {
        case sandbox(String)
        /// Nobody else works meanwhile: GC.
        case alone
    }

    private struct Waiting {
        var claim: Claim
        var continuation: CheckedContinuation<Void, Never>
    }

    private var working: [Claim] = []
    private var waiting: [Waiting] = []

    /// Takes a turn if it is free and nobody waits for it before.
    mutating func take(_ claim: Claim) -> Bool {
        guard isFree(claim, behind: waiting.map(\.claim)) else { return false }
        working.append(claim)
        return true
    }

    mutating func wait(for claim: Claim, _ continuation: CheckedContinuation<Void, Never>) {
        waiting.append(Waiting(claim: claim, continuation: continuation))
    }

    /// Ends a turn, and gives those that it held up theirs.
    mutating func leave(_ claim: Claim) {
        if let index = working.firstIndex(of: claim) { working.remove(at: index) }
        var still: [Waiting] = []
        for waiter in waiting {
            if isFree(waiter.claim, behind: still.map(\.claim)) {
                working.append(waiter.claim)
                waiter.continuation.resume()
            } else {
                still.append(waiter)
            }
        }
        waiting = still
    }

    private func isFree(_ claim: Claim, behind others: [Claim]) -> Bool {
        (working + others).allSatisfy { other in
            switch (claim, other) {
            case (.sandbox(let one), .sandbox(let two)): one != two
            default: false
            }
        }
    }
}
