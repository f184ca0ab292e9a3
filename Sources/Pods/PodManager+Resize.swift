import Logging

/// Resizes: what a pod that is here asks for otherwise is judged as a new pod would be, and until it is granted the pod
/// keeps what it was given.
///
/// Source: kubernetes `pkg/kubelet/allocation/allocation_manager.go`.
extension PodManager {
    /// A pod that asks for something else than it was given.
    struct PendingEntry {
        /// Nil: it was not judged yet.
        var told: PendingResize?
        var since: Instant?
        /// It is wished anew: what was impossible may have become possible.
        var isDue = true
    }

    /// How long what waits is not looked at again, if nothing happens.
    private static let period = Duration.seconds(180)
    private static let periodBeforeReady = Duration.seconds(30)

    /// What the pod's worker is to know: the pod as it is wished, but with what it was given.
    func wish(for pod: Pod) -> Desired {
        guard let given = allocated[pod.id] else { return pod.wish }
        var known = pod.having(given)
        switch pod.wish {
        case .terminated(_, let termination):
            resizes[pod.id] = nil
            return .terminated(known, termination)
        case .running:
            guard !pod.wishedAllocation.isSame(as: given) else {
                resizes[pod.id] = nil
                return .running(known)
            }
            let entry = resizes[pod.id] ?? PendingEntry()
            resizes[pod.id] = entry
            known.pendingResize = entry.told
            return .running(known)
        }
    }

    /// Other pods as they count: those that are neither gone nor refused, with what they were given.
    func others(than pod: Pod.ID, without inactive: Set<Pod.ID>) -> [Pod] {
        wanted.values.joined().filter { other in
            other.id != pod && !other.hasEnded && workers[other.id] != nil && !inactive.contains(other.id)
        }.map { other in
            guard resizes[other.id] != nil, let given = allocated[other.id] else { return other }
            return other.having(given)
        }
    }

    /// Judges what waits, in its order. Only one round at a time: what happens meanwhile is judged in another.
    func settleResizes() async {
        guard !isSettlingResizes else {
            settlesResizesAgain = true
            return
        }
        isSettlingResizes = true
        defer { isSettlingResizes = false }
        repeat {
            settlesResizesAgain = false
            guard isReady, !resizes.isEmpty, !isShuttingDown else { return }
            let ended = await endedPods()
            for id in waitingResizes() { await settleResize(of: id, ended: ended) }
        } while settlesResizesAgain
    }

    private func waitingResizes() -> [Pod.ID] {
        let waiting = resizes.compactMap { id, entry -> (Pod.ID, WaitingResize)? in
            guard entry.isDue || entry.told?.reason != .infeasible, let resize = resize(of: id) else { return nil }
            return (id, WaitingResize(resize: resize, since: entry.since))
        }
        return waiting.sorted { WaitingResize.comesBefore($0.1, $1.1) }.map(\.0)
    }

    private func resize(of id: Pod.ID) -> Resize? {
        guard let pod = wantedPod(id), workers[id] != nil, let given = allocated[id] else { return nil }
        return Resize(given: pod.having(given), wished: pod)
    }

    private func settleResize(of id: Pod.ID, ended: Set<Pod.ID>) async {
        // Looked up again: while others were judged, it may have changed or gone.
        guard let entry = resizes[id], let resize = resize(of: id), !ended.contains(id) else { return }
        let admission = NodeAdmission(
            active: others(than: id, without: ended), policy: environment.policy.value,
            allocatable: environment.allocatable(), isShuttingDown: isShuttingDown)
        switch admission.verdict(on: resize, swaps: environment.swaps) {
        case .granted: await grant(resize, entry)
        case .pending(let pending, let victims, let resource):
            let isNews = entry.told != pending
            let isSince = entry.told?.reason == pending.reason ? entry.since : nil
            resizes[id] = PendingEntry(
                told: pending, since: isSince ?? environment.clock.now, isDue: false)
            guard isNews else { return }
            await tellWorker(of: id)
            await environment.sink.note(.resizePending(resize.wished, pending), of: resize.wished)
            for victim in victims.compactMap({ workers[$0] }) where await victim.isActive {
                await preempt(victim, for: resize.wished, because: resource)
            }
        }
    }

    /// Written down before anybody acts on it.
    private func grant(_ resize: Resize, _ entry: PendingEntry) async {
        let id = resize.wished.id
        let given = allocated[id]
        allocated[id] = resize.wished.wishedAllocation
        resizes[id] = nil
        do {
            try await environment.runtime.record(resize.wished.wishedAllocation, of: id)
        } catch {
            Logger.current.error(
                "Resources of a pod not written down",
                metadata: ["pod": "\(resize.wished.namespace)/\(resize.wished.name)", "error": "\(error)"])
            (allocated[id], resizes[id]) = (given, entry)
            return await tellWorker(of: id)
        }
        await environment.sink.note(.resizeStarted(resize.wished), of: resize.wished)
        await tellWorker(of: id)
    }

    private func tellWorker(of id: Pod.ID) async {
        guard let pod = wantedPod(id), let worker = workers[id] else { return }
        await worker.want(wish(for: pod))
    }

    /// Pods of which nothing runs any more, and that nobody starts again.
    private func endedPods() async -> Set<Pod.ID> {
        var ended: Set<Pod.ID> = []
        for worker in workers.values where await worker.isOver { ended.insert(worker.id) }
        return ended
    }

    /// Source: kubernetes `allocation_manager.go`, `initialRetryDelay` and `retryDelay`.
    func retryResizes() async {
        while !Task.isCancelled {
            let period = isReady ? Self.period : Self.periodBeforeReady
            await resizeBell.wait(
                until: resizes.isEmpty ? nil : environment.clock.now.advanced(by: period), on: environment.clock)
            await settleResizes()
        }
    }
}
