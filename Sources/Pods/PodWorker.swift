package import Kubernetes
import Logging

/// Runs one pod from admission to the last trace of it.
///
/// Read ``run()``: observe, plan, report, perform or wait. Cancelling its task detaches from the pod and leaves the
/// containers running, so that the agent can be replaced; a pod stops only by being wanted terminated.
package actor PodWorker {
    package nonisolated let id: Pod.ID
    package nonisolated let name: String
    package nonisolated let namespace: String
    package private(set) var desired: Desired
    package private(set) var status: PodStatus?
    /// It was to end, and nothing of it runs any more.
    package private(set) var hasEnded = false
    /// It runs or is to run: it counts among what the node's resources are shared by.
    package var isActive: Bool {
        !desired.isTermination && status?.phase != "Failed" && status?.phase != "Succeeded"
    }
    /// Nothing of it runs any more, nor will.
    var isOver: Bool { hasEnded || status?.isFinal == true && !desired.isTermination }
    /// As the command line shows it.
    package var entry: PodManager.Entry {
        PodManager.Entry(
            pod: desired.pod, status: status, isTerminating: desired.isDeletion, waitsForName: false)
    }
    /// Containers that ended before the machine was started anew, by name.
    private var recalled: [String: Observed.Container] = [:]
    var failures = StartFailures()
    /// How often each instance was watched: more than once means that the watch ended too early.
    private var watches: [String: Int] = [:]
    private var watched: Set<String> = []
    /// Running containers that a probe ends: how they are told of.
    private(set) var condemned: [String: Pod.Container.Probe.Kind] = [:]
    /// When all containers were last to start anew, as the plan under way knows it.
    private var anewSince: Instant?
    private var interruption: AsyncStream<Never>.Continuation?

    /// It had ended before this worker began: all that is to be said of it has been said.
    private let isHistory: Bool
    let environment: PodEnvironment
    package nonisolated let prober: PodProber
    private let wakeup: Wakeup
    var clock: any MonotonicClock { environment.clock }

    /// Told when the pod is over.
    private let over: @Sendable () async -> Void

    package init(
        _ desired: Desired, in environment: PodEnvironment, over: @escaping @Sendable () async -> Void = {}
    ) {
        self.over = over
        self.id = desired.pod.id
        (name, namespace) = (desired.pod.name, desired.pod.namespace)
        self.desired = desired
        self.environment = environment
        isHistory = desired.pod.hasEnded
        let wakeup = Wakeup()
        self.wakeup = wakeup
        prober = PodProber(desired, in: environment) { wakeup.ring() }
    }

    /// Changes what is wanted. A step under way for the old wish is interrupted. A grace period only shrinks,
    /// and what is terminated stays so: to run again the pod needs a new worker.
    package func want(_ wish: Desired) {
        let next = desired.changed(to: wish)
        guard next != desired else { return }
        // What could not be had of other amounts says nothing of these.
        if !next.pod.wishedAllocation.isSame(as: desired.pod.wishedAllocation) { failures.forgetResizes() }
        desired = next
        interruption?.finish()
        wakeup.ring()
    }

    /// Starts that failed for what was missing are tried at once.
    package func tryAgain() {
        failures.forgetMissing()
        wakeup.ring()
    }

    package func run() async {
        await withLogger(mergingMetadata: ["pod": "\(desired.pod.namespace)/\(desired.pod.name)", "uid": "\(id)"]) {
            _ in
            await withDiscardingTaskGroup { watchers in
                watchers.addTask { [prober] in await prober.run() }
                while !Task.isCancelled {
                    do {
                        let (wish, begin) = (desired, clock.now)
                        let plan = try await look(&watchers)
                        if plan.isGone { break }
                        // While it was told, something else may have been wanted.
                        guard desired == wish else { continue }
                        if !plan.steps.isEmpty { try await perform(plan.steps) }
                        environment.meter.synced(wish, begin.duration(to: clock.now))
                        if plan.steps.isEmpty { await wakeup.wait(until: nextLook(plan), on: clock) }
                    } catch is CancellationError {
                        continue
                    } catch {
                        Logger.current.error("Pod sync failed", metadata: ["error": "\(error)"])
                        await tell(error)
                        await wakeup.wait(until: clock.now.advanced(by: .seconds(10)), on: clock)
                    }
                }
                watchers.cancelAll()
            }
        }
    }

    /// Observes, decides, and tells the status if it changed.
    private func look(_ watchers: inout DiscardingTaskGroup) async throws -> PodPlan {
        let observed = try await observe()
        desired = desired.adding(observed)
        if let end = desired.expired(observed, now: clock.now) {
            desired = desired.changed(to: end)
            await tell(.deadlineExceeded)
        }
        let verdicts = await prober.follow(desired, observed)
        let plan = plan(observed, verdicts)
        condemned = plan.condemned
        anewSince = desired.pod.restartOfAll(observed)
        watchExits(in: observed, with: &watchers)
        let runs = observed.sandbox != nil || observed.containers.values.contains(where: \.newest.isRunning)
        let wasOver = isOver
        hasEnded = plan.isGone || desired.isTermination && !runs
        if plan.isGone {
            await environment.sink.forget(desired.pod)
        } else {
            await report(observed, plan, verdicts)
        }
        if isOver, !wasOver { await over() }
        return plan
    }

    /// What is there; and of a pod of which a boot has left nothing, what the cluster knows to have ended.
    private func observe() async throws -> Observed {
        var observed = try await environment.runtime.observe(id)
        if status == nil { await remember(observed) }
        if !desired.isTermination { observed.containers.merge(recalled) { real, _ in real } }
        return observed
    }

    /// What an agent before this one told: times go on from there. How a pod of a manifest ended is found out anew.
    private func remember(_ observed: Observed) async {
        guard let told = await environment.lastStatus(id) else { return }
        let now = Observed.Moment(wall: environment.wallClock(), boot: clock.now)
        if let eviction = desired.eviction(told, observed, at: now) {
            (desired, status) = (desired.changed(to: eviction), told)
        } else if desired.pod.source == .api {
            // What the cluster knows as ended has ended.
            status = told
            guard observed.sandbox == nil, observed.containers.isEmpty else { return }
            recalled = Observed.recalled(told, of: desired.pod, at: now)
        } else if !told.isFinal {
            status = told
        }
    }

    private func plan(_ observed: Observed, _ verdicts: ProbeVerdicts) -> PodPlan {
        PodPlan(
            desired: desired, observed: observed, failures: failures, verdicts: verdicts,
            longestBackoff: environment.policy.value.longestBackoff, now: clock.now)
    }

    /// When the pod is looked at even if nothing happens. Jitter keeps a node's pods from all coming at once.
    private func nextLook(_ plan: PodPlan) -> Instant? {
        guard let period = environment.policy.value.resync, !hasEnded else { return plan.recheck }
        let resync = clock.now.advanced(by: period * Double.random(in: 1...1.5))
        return plan.recheck.map { min($0, resync) } ?? resync
    }

    private func report(_ observed: Observed, _ plan: PodPlan, _ verdicts: ProbeVerdicts) async {
        let next = PodStatus(
            of: desired, observed: observed, waiting: plan.waiting, verdicts: verdicts, hostIPs: environment.hostIPs(),
            resizeProblems: failures.resizeProblems, previous: status,
            now: environment.wallClock())
        guard next != status, !isHistory else { return }
        let resized = status?.resizing
        status = next
        await environment.sink.report(next, of: desired.pod)
        if let resized, next.resizing == nil, !desired.isTermination {
            await tell(.resizeCompleted(desired.pod, generation: resized.observedGeneration))
        }
    }

    // MARK: Performing

    /// Carries the steps out until they are done, one fails, or the wish changes.
    private func perform(_ steps: [PodPlan.Step]) async throws {
        let (interrupted, interruption) = AsyncStream<Never>.makeStream()
        self.interruption = interruption
        defer { self.interruption = nil }

        let pod = desired.pod
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.carryOut(steps, for: pod) }
            group.addTask { for await _ in interrupted {} }
            try await group.next()
            group.cancelAll()
        }
    }

    private func carryOut(_ steps: [PodPlan.Step], for pod: Pod) async throws {
        var rest = steps[...]
        while let step = rest.first {
            try Task.checkCancellation()
            let stops = rest.prefix(while: \.isStop)
            rest = rest.dropFirst(max(stops.count, 1))
            if stops.isEmpty {
                guard try await carryOut(step, for: pod) else { return }
                guard step.changesStatus, !rest.isEmpty else { continue }
                let observed = try await reportProgress()
                // What the rest was decided from no longer holds.
                if pod.restartOfAll(observed) != anewSince { return }
            } else {
                for case .stop(let name, _, _, _) in stops {
                    await tellKilling(name, of: pod, isChanged: rest.startsAgain(name))
                }
                try await stopAll(Array(stops), of: pod)
            }
        }
    }

    private func stopAll(_ stops: [PodPlan.Step], of pod: Pod) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for stop in stops {
                group.addTask { [environment] in try await environment.runtime.perform(stop, for: pod) }
            }
            // Every stop is tried to its end before the first error is thrown: one stuck container keeps no other alive.
            var failure: (any Error)?
            while let result = await group.nextResult() {
                if case .failure(let error) = result { failure = failure ?? error }
            }
            if let failure { throw failure }
        }
    }

    /// Returns whether the steps behind it make sense.
    private func carryOut(_ step: PodPlan.Step, for pod: Pod) async throws -> Bool {
        if case .createSandbox(let attempt) = step, attempt > 0 { await tell(.sandboxChanged) }
        do {
            try await environment.runtime.perform(step, for: pod)
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            return try await settle(error, after: step, for: pod)
        }
        switch step {
        case .start(let name, _, _):
            failures.forget(container: name)
            await tell(.started(name))
            Logger.current.notice("Container started", metadata: ["container": "\(name)"])
        case .createSandbox: failures.forgetSandbox()
        case .resize(let name, _): failures.forgetResize(of: name)
        case .resizeWhole: failures.forgetWholeResize()
        default: break
        }
        return true
    }

    /// A long step behind this one, such as a pull, does not hide what is done already.
    private func reportProgress() async throws -> Observed {
        let observed = try await observe()
        let verdicts = await prober.follow(desired, observed)
        await report(observed, plan(observed, verdicts), verdicts)
        return observed
    }

    // MARK: Watching

    /// Rings when a running instance or the pause process ends. What became of it, the next observation tells.
    private func watchExits(in observed: Observed, with watchers: inout DiscardingTaskGroup) {
        var running = observed.containers.values.map(\.newest).filter(\.isRunning).map(\.id)
        if let sandbox = observed.sandbox, sandbox.isReady { running.append(sandbox.id) }
        watches = watches.filter { running.contains($0.key) }
        for instance in running where watched.insert(instance).inserted {
            let earlier = watches[instance, default: 0]
            watches[instance] = earlier + 1
            watchers.addTask { [environment, id] in
                // A watch that ended although its process runs must not become a busy loop.
                if earlier > 0 { await environment.pause(.seconds(1)) }
                await environment.runtime.waitForExit(of: instance, in: id)
                await self.unwatch(instance)
            }
        }
    }

    private func unwatch(_ instance: String) {
        watched.remove(instance)
        wakeup.ring()
    }
}
