/// The next steps for one pod, decided from what is wanted and what is there.
///
/// A pure function: no clock, no I/O, no state. All policy of a pod's life is in this file and the ones it names.
package struct PodPlan: Equatable, Sendable {
    /// Why a container that should run does not: the API's `state.waiting`.
    package struct Waiting: Equatable, Sendable {
        package var reason: String
        package var message: String
        package init(reason: String, message: String = "") {
            self.reason = reason
            self.message = message
        }
    }

    /// In order, but stops that follow each other are done together. A start that fails does not end the round.
    package internal(set) var steps: [Step] = []
    /// By container name.
    package internal(set) var waiting: [String: Waiting] = [:]
    /// Running containers that a probe ends, by name.
    package private(set) var condemned: [String: Pod.Container.Probe.Kind] = [:]
    /// Look again at this time even if nothing happens before.
    package private(set) var recheck: Instant?
    /// Nothing is left of the pod: its worker can end.
    package private(set) var isGone = false

    /// How long a container that keeps ending waits at most.
    private let longestBackoff: Duration
    let verdicts: ProbeVerdicts
    /// The containers that start anew because one's exit asked for that of all.
    private(set) var outdated: Set<String> = []

    package init(
        desired: Desired, observed: Observed, failures: StartFailures = StartFailures(),
        verdicts: ProbeVerdicts = ProbeVerdicts(), longestBackoff: Duration = RestartBackoff.longest, now: Instant
    ) {
        self.longestBackoff = longestBackoff
        self.verdicts = verdicts
        switch desired {
        case .running(let pod):
            outdated = pod.outdated(observed)
            bringUp(pod, observed, failures, now)
            if let deadline = desired.deadline(observed), deadline > now { wake(at: deadline) }
        case .terminated(let pod, let termination): tearDown(pod, observed, termination)
        }
    }

    // MARK: Bringing up

    private mutating func bringUp(_ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant) {
        removeStrangers(pod, observed)
        guard observed.sandbox?.fits(pod) ?? false else { return renewSandbox(pod, observed, failures, now) }
        let late = outdated.sorted().filter(observed.isRunning)
        guard late.isEmpty else {
            // Source: facts of kubelet, §3.4: they start anew at once, so nobody is waited for.
            steps += Self.stops(late, of: pod, observed, grace: .zero)
            return
        }
        for container in pod.ephemeralContainers {
            steps += self.steps(for: container, of: pod, observed, failures, now)
        }
        switch initialize(pod, observed, failures, now) {
        case .failed: end(pod, observed)
        case .going(let initial): steps += initial + resizeWhole(pod, observed, failures, now)
        case .done(let sidecars):
            let starts = pod.containers.flatMap { self.steps(for: $0, of: pod, observed, failures, now) }
            let keepsRunning = pod.containers.contains { observed.isRunning($0.name) || waiting[$0.name] != nil }
            if starts.isEmpty, !keepsRunning {
                end(pod, observed)
            } else {
                steps += sidecars + starts + resizeWhole(pod, observed, failures, now)
            }
        }
        if observed.sandbox?.takesStarts == false { startElsewhere(pod, observed, failures, now) }
    }

    /// Nothing is to run any more: what still does, such as a sidecar, goes with the sandbox.
    private mutating func end(_ pod: Pod, _ observed: Observed) {
        waiting = [:]
        recheck = nil
        let running = pod.allContainers.map(\.name).filter(observed.isRunning)
        steps = Self.stops(running, of: pod, observed, grace: pod.grace) + [.removeSandbox]
    }

    /// Containers that a changed pod no longer has.
    private mutating func removeStrangers(_ pod: Pod, _ observed: Observed) {
        for (name, container) in observed.inOrder where pod.container(named: name) == nil {
            if container.newest.isRunning {
                steps.append(.stop(container: name, instance: container.newest.id, grace: pod.grace))
            }
            steps += removals(of: name, container)
        }
    }

    /// Source: facts of kubelet, §3.4 ("Sandbox must be recreated when").
    mutating func renewSandbox(
        _ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant
    ) {
        let running = pod.allContainers.filter { observed.isRunning($0.name) }.map(\.name)
        steps += Self.stops(running, of: pod, observed, grace: pod.grace)
        if observed.sandbox != nil { steps.append(.removeSandbox) }
        if pod.isFinished(observed) { return giveBack(observed) }
        let first = pod.initContainers.first
        let toStart = first.map { [$0] } ?? pod.containers.filter { startsInNewSandbox($0, of: pod, observed) }
        let isFirst = pod.allContainers.allSatisfy { observed.containers[$0.name] == nil }
        let isNever = pod.containers.allSatisfy { pod.policy(of: $0) == .never && $0.restartRules.isEmpty }
        let isForLackOfVersion = observed.sandbox?.takesStarts == false
        if toStart.isEmpty || isNever && !isFirst && !isForLackOfVersion { return giveBack(observed) }
        if let failure = failures.sandbox {
            let waiting = Waiting(reason: "ContainerCreating", message: failure.message)
            for container in toStart where observed.containers[container.name] == nil {
                self.waiting[container.name] = waiting
            }
            if failure.retryAt > now { return wake(at: failure.retryAt) }
        }
        steps.append(.createSandbox(attempt: observed.sandbox.map { $0.attempt + 1 } ?? 0))
        for container in toStart {
            if let instance = observed.containers[container.name]?.newest, instance.isRunning || first != nil {
                // What was cut off, or has to precede the others again.
                let attempt = instance.isRunning ? instance.attempt + 1 : 0
                steps += start(
                    container, restartCount: instance.restartCount + 1, attempt: attempt, failures, now)
            } else {
                steps += self.steps(for: container, of: pod, observed, failures, now)
            }
        }
    }

    /// Whether a container is started with a new sandbox: all but those that are done for good.
    private func startsInNewSandbox(_ container: Pod.Container, of pod: Pod, _ observed: Observed) -> Bool {
        guard let exit = observed.containers[container.name]?.newest.exit else { return true }
        return outdated.contains(container.name) || pod.restarts(container, after: exit)
    }

    mutating func steps(
        for container: Pod.Container, of pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant
    ) -> [Step] {
        guard let instance = observed.containers[container.name]?.newest else {
            return start(container, restartCount: 0, attempt: 0, failures, now)
        }
        let isChanged = instance.image != container.image
        switch instance.state {
        case .running where isChanged:
            let stop = Step.stop(container: container.name, instance: instance.id, grace: pod.grace)
            if pod.policy(of: container) == .never { return [stop] }
            return [stop] + start(container, restartCount: instance.restartCount + 1, attempt: 0, failures, now)
        case .running where verdicts.condemns(container, instance) != nil:
            return restart(container, instance, of: pod, observed, failures, now)
        case .running where instance.awaitsPostStart: return [.postStart(container: container.name)]
        case .running: return resize(container, instance, of: pod, failures, now)
        case .exited(let exit):
            let isAnew = outdated.contains(container.name)
            guard isAnew || pod.restarts(container, after: exit) else { return [] }
            let next = RestartBackoff.next(after: instance, exit: exit, longest: longestBackoff)
            // Who makes all others start anew waits as anybody who keeps ending; the others do not.
            let waits = !isChanged && (!isAnew || container.rule(for: exit)?.action == .restartAll)
            if waits, next.notBefore > now {
                wait(container, .crashLoop(container, of: pod, delay: next.delay), until: next.notBefore)
                return []
            }
            return start(
                container, restartCount: instance.restartCount + 1, attempt: isChanged ? 0 : next.attempt, failures, now
            )
        }
    }

    /// Ends a container that failed its probe. If its back-off is over it is started anew at once, however it ends.
    ///
    /// Source: kubernetes `kuberuntime_manager.go`, computePodActions and doBackOff: the pause counts from the exit
    /// before, since this one is yet to come.
    private mutating func restart(
        _ container: Pod.Container, _ instance: Observed.Instance, of pod: Pod, _ observed: Observed,
        _ failures: StartFailures, _ now: Instant
    ) -> [Step] {
        guard let kind = verdicts.condemns(container, instance) else { return [] }
        condemned[container.name] = kind
        let stop = Step.stop(
            container: container.name, instance: instance.id, grace: pod.grace(of: container, after: kind))
        if pod.policy(of: container) == .never { return [stop] }
        if let previous = observed.containers[container.name]?.previous, let exit = previous.exit,
            RestartBackoff.next(after: previous, exit: exit, longest: longestBackoff).notBefore > now
        {
            return [stop]
        }
        let attempt = instance.startedAt.boot.duration(to: now) > RestartBackoff.lasting ? 1 : instance.attempt + 1
        return [stop] + start(container, restartCount: instance.restartCount + 1, attempt: attempt, failures, now)
    }

    /// Other amounts of cpu and memory for a running instance. Source: facts of kubelet, §3.9.
    mutating func resize(
        _ container: Pod.Container, _ instance: Observed.Instance, of pod: Pod, _ failures: StartFailures,
        _ now: Instant
    ) -> [Step] {
        guard let allocation = instance.allocation else { return [] }
        let changes = allocation.changes(to: Allocation(container, in: pod))
        if changes.isEmpty || container.role == .ephemeral { return [] }
        if !changes.isDisjoint(with: container.restartsToResize), pod.policy(of: container) != .never {
            return [.stop(container: container.name, instance: instance.id, grace: pod.grace)]
                + start(container, restartCount: instance.restartCount + 1, attempt: 0, failures, now)
        }
        if let failure = failures.resizes[container.name], failure.retryAt > now {
            wake(at: failure.retryAt)
            return []
        }
        return [.resize(container: container.name, instance: instance.id)]
    }

    /// The same for the pod as a whole, after its containers: each of these makes room above it where it grows.
    private mutating func resizeWhole(
        _ pod: Pod, _ observed: Observed, _ failures: StartFailures, _ now: Instant
    ) -> [Step] {
        guard let sandbox = observed.sandbox, sandbox.allocation != Allocation(wholeOf: pod) else { return [] }
        if let failure = failures.wholeResize, failure.retryAt > now {
            wake(at: failure.retryAt)
            return []
        }
        return [.resizeWhole]
    }

    mutating func start(
        _ container: Pod.Container, restartCount: Int, attempt: Int, _ failures: StartFailures, _ now: Instant
    ) -> [Step] {
        if let failure = failures.containers[container.name], failure.image == container.image {
            wait(container, Waiting(failure, now: now), until: failure.nextChange(after: now))
            if failure.retryAt > now { return [] }
        }
        let start = Step.start(container: container.name, restartCount: restartCount, attempt: attempt)
        return container.lifecycle.postStart == nil ? [start] : [start, .postStart(container: container.name)]
    }

    private mutating func wait(_ container: Pod.Container, _ reason: Waiting, until time: Instant) {
        waiting[container.name] = reason
        wake(at: time)
    }

    private mutating func wake(at time: Instant) { recheck = min(recheck ?? time, time) }

    // MARK: Tearing down

    /// However short the grace. Source: facts of kubelet, §3.6.
    private static let leastGrace = Duration.seconds(2)

    private mutating func tearDown(_ pod: Pod, _ observed: Observed, _ termination: Termination) {
        let running = observed.inOrder.map(\.0).filter(observed.isRunning)
        guard running.isEmpty else {
            steps = Self.stops(running, of: pod, observed, grace: max(termination.grace, Self.leastGrace))
            return
        }
        if observed.sandbox != nil, pod.source == .api || !termination.removesEverything {
            // How it ended is told before the records of it go: the cluster's controllers count on it.
            steps = [.removeSandbox]
            return
        }
        if termination.removesContainers {
            for (name, container) in observed.inOrder { steps += removals(of: name, container) }
        }
        guard termination.removesEverything else { return giveBack(observed) }
        if observed.sandbox != nil { steps.append(.removeSandbox) }
        if observed.hasLeftovers { steps.append(.removePod) }
        isGone = steps.isEmpty
    }

    /// Of a pod that has ended: in a round of its own, so that its end is told before.
    /// Source: kubernetes `pkg/kubelet/kubelet.go`, SyncTerminatedPod.
    private mutating func giveBack(_ observed: Observed) {
        let runs = observed.sandbox != nil || observed.containers.values.contains(where: \.newest.isRunning)
        if !runs, observed.holdsResources { steps.append(.giveBack) }
    }

    private func removals(of name: String, _ container: Observed.Container) -> [Step] {
        [container.previous, container.newest].compactMap { $0 }.map { .remove(container: name, instance: $0.id) }
    }
}

extension Pod {
    fileprivate var grace: Duration { max(terminationGracePeriod, .seconds(2)) }
}

extension Pod.RestartPolicy {
    func restarts(after code: Int32) -> Bool {
        switch self {
        case .always: true
        case .onFailure: code != 0
        case .never: false
        }
    }
}

extension Observed {
    var inOrder: [(String, Container)] { containers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
    func isRunning(_ container: String) -> Bool { containers[container]?.newest.isRunning ?? false }
}

extension Observed.Sandbox {
    /// Whether the pod's containers can go on living in it. Source: facts of kubelet, §3.4.
    func fits(_ pod: Pod) -> Bool {
        isReady && usesHostNetwork == pod.hostNetwork && (pod.hostNetwork || !ips.isEmpty)
    }
}
