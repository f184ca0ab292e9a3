import Kubernetes

@testable import Pods

/// A machine in memory: a step changes it at once, and breaks a test that asks for what must not be.
actor FakeRuntime: PodRuntime {
    private(set) var machine: [Pod.ID: Observed] = [:]
    private(set) var performed: [PodPlan.Step] = []
    private(set) var broken: [String] = []
    private var left: [Pod]
    private(set) var recorded: [Pod.ID: PodAllocation] = [:]
    private var errors: [String: PodError] = [:]
    /// When an exit last asked for all of a pod to start anew: what the planner has to find out.
    private(set) var restartOfAll: Instant?
    private var stuck: Set<String> = []
    private var exits: [String: (other: String, code: Int32)] = [:]
    private var nextInstance = 0
    private var waiters: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
    private var nextWaiter = 0
    private var changes: [CheckedContinuation<Void, Never>] = []
    private let clock: TestClock
    private let recordsLate: Bool

    /// - Parameter recordsLate: time goes by between a process' start and the record of it: it may have ended by then.
    init(clock: TestClock, leftovers: [(Pod, Observed)] = [], recordsLate: Bool = false) {
        self.clock = clock
        self.recordsLate = recordsLate
        left = leftovers.map(\.0)
        for (pod, observed) in leftovers { machine[pod.id] = observed }
    }

    var now: Observed.Moment { clock.moment }

    func observe(_ pod: Pod.ID) -> Observed { machine[pod] ?? Observed() }
    func leftovers() -> [Pod] { left }
    func record(_ allocation: PodAllocation, of pod: Pod.ID) { recorded[pod] = allocation }

    /// What a start of the container throws; nil: it works again.
    func fail(_ container: String, with error: PodError?) { errors[container] = error }
    /// Another container ends once, as this one has started.
    func whenStarted(_ container: String, exit other: String, code: Int32) { exits[container] = (other, code) }
    /// A start of the container does not end by itself.
    func hang(_ container: String) { stuck.insert(container) }
    /// Stopping it takes for ever.
    func keepRunning(_ container: String) { stuck.insert("\(container) stop") }

    func perform(_ step: PodPlan.Step, for pod: Pod) async throws {
        var observed = machine[pod.id] ?? Observed()
        observed.hasLeftovers = true
        if step != .giveBack { observed.holdsResources = true }
        switch step {
        case .createSandbox(let attempt):
            if let error = errors["sandbox"] { throw error }
            if observed.sandbox != nil { broken.append("two sandboxes") }
            observed.sandbox = .init(
                id: "sandbox\(attempt)", attempt: attempt, usesHostNetwork: pod.hostNetwork, ips: ["10.88.0.2"])
            observed.sandbox?.allocation = Allocation(wholeOf: pod)
        case .start(let name, let restartCount, let attempt):
            try await start(name, of: pod, in: &observed, restartCount: restartCount, attempt: attempt)
        case .postStart(let name):
            guard observed.containers[name]?.newest.isRunning == true,
                observed.containers[name]?.newest.awaitsPostStart == true
            else { break }
            if let error = errors["\(name) hook"] {
                end(name, of: &observed, code: 143)
                machine[pod.id] = observed
                notify()
                throw error
            }
            observed.containers[name]?.newest.awaitsPostStart = false
        case .resize(let name, let instance):
            if let error = errors["\(name) resize"] { throw error }
            if let container = pod.container(named: name), observed.containers[name]?.newest.id == instance {
                observed.containers[name]?.newest.allocation = Allocation(container, in: pod)
            }
        case .resizeWhole: observed.sandbox?.allocation = Allocation(wholeOf: pod)
        case .stop(let name, let instance, _, let others):
            if stuck.contains("\(name) stop") {
                try await clock.sleep(until: clock.now.advanced(by: .seconds(1 << 30)), tolerance: nil)
            }
            let newest = observed.containers.values.map(\.newest)
            if newest.contains(where: { others.contains($0.id) && $0.isRunning }) {
                broken.append("\(name) stopped before those that need it")
            }
            if observed.containers[name]?.newest.id == instance { end(name, of: &observed, code: 143) }
        case .remove(let name, let instance):
            if observed.containers[name]?.newest.id == instance {
                if observed.containers[name]?.newest.isRunning == true {
                    broken.append("\(name) removed while running")
                }
                observed.containers[name] = nil
            } else {
                observed.containers[name]?.previous = nil
            }
        case .removeSandbox:
            if observed.containers.values.contains(where: \.newest.isRunning) { broken.append("sandbox torn away") }
            if let id = observed.sandbox?.id { release(id) }
            observed.sandbox = nil
        case .giveBack:
            if observed.sandbox != nil || observed.containers.values.contains(where: \.newest.isRunning) {
                broken.append("given back too early")
            }
            observed.holdsResources = false
        case .removePod:
            if observed.sandbox != nil || !observed.containers.isEmpty { broken.append("pod removed too early") }
            observed = Observed()
        }
        performed.append(step)
        machine[pod.id] = observed == Observed() ? nil : observed
        if case .start(let name, _, _) = step, let next = exits.removeValue(forKey: name) {
            exit(next.other, of: pod, code: next.code)
            // What is begun because of it is begun later.
            clock.advance(by: .milliseconds(1))
        }
        notify()
    }

    private func start(
        _ name: String, of pod: Pod, in observed: inout Observed, restartCount: Int, attempt: Int
    ) async throws {
        if stuck.contains(name) {
            try await clock.sleep(until: clock.now.advanced(by: .seconds(1 << 30)), tolerance: nil)
        }
        if let error = errors[name] { throw error }
        if observed.sandbox?.isReady != true { broken.append("\(name) started without a sandbox") }
        checkOrder(name, of: pod, observed)
        if let since = restartOfAll {
            for (other, container) in observed.containers where container.newest.ephemeral == nil {
                let isLate = container.newest.isRunning && container.newest.begunAt <= since
                if isLate, pod.container(named: other)?.role != .ephemeral {
                    broken.append("\(name) started anew beside \(other), which has yet to")
                }
            }
        }
        let last = observed.containers[name]?.newest
        if last?.isRunning == true { broken.append("two of \(name)") }
        if let last, restartCount <= last.restartCount { broken.append("\(name) counts \(restartCount)") }
        nextInstance += 1
        var instance = Observed.Instance(
            id: "\(name)-\(nextInstance)", startedAt: now, restartCount: restartCount, attempt: attempt,
            image: pod.container(named: name)?.image ?? "", imageID: "sha256:1")
        if recordsLate { instance.startedAt.boot = now.boot.advanced(by: .milliseconds(5)) }
        instance.begunAt = now.boot
        instance.anewSince = pod.restartOfAll(observed)
        instance.sandbox = observed.sandbox?.id ?? ""
        let container = pod.container(named: name)
        instance.awaitsPostStart = container?.lifecycle.postStart != nil
        instance.allocation = container.map { Allocation($0, in: pod) }
        observed.containers[name] = .init(instance, previous: last)
    }

    /// Whatever has to precede the container has been done in this sandbox.
    private func checkOrder(_ name: String, of pod: Pod, _ observed: Observed) {
        let before = pod.initContainers.prefix { $0.name != name }
        if pod.container(named: name)?.role == .ephemeral { return }
        for other in before {
            let instance = observed.containers[other.name]?.newest
            let isHere = instance?.sandbox == observed.sandbox?.id
            let isDone = other.role == .sidecar ? isHere : isHere && instance?.exit?.code == 0
            if !isDone { broken.append("\(name) started before \(other.name) was done") }
        }
    }

    func waitForExit(of instance: String, in pod: Pod.ID) async {
        guard isRunning(instance, in: pod) else { return }
        let waiter = nextWaiter
        nextWaiter += 1
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume()
                } else {
                    waiters[instance, default: [:]][waiter] = continuation
                }
            }
        } onCancel: {
            Task { await self.release(instance, waiter) }
        }
    }

    private func isRunning(_ instance: String, in pod: Pod.ID) -> Bool {
        guard let observed = machine[pod] else { return false }
        return observed.sandbox?.id == instance
            || observed.containers.values.contains { $0.newest.id == instance && $0.newest.isRunning }
    }

    func exit(_ container: String, of pod: Pod, code: Int32) {
        guard var observed = machine[pod.id] else { return }
        let exited = pod.container(named: container).flatMap { found in
            observed.containers[container]?.newest.isRunning == true
                ? found.restartOfAll(at: .init(code: code, finishedAt: now)) : nil
        }
        if let exited { restartOfAll = exited }
        end(container, of: &observed, code: code)
        machine[pod.id] = observed
        notify()
    }

    func loseSandbox(of pod: Pod) {
        guard let id = machine[pod.id]?.sandbox?.id else { return }
        machine[pod.id]?.sandbox?.isReady = false
        release(id)
        notify()
    }

    private func end(_ container: String, of observed: inout Observed, code: Int32) {
        guard let instance = observed.containers[container]?.newest, instance.isRunning else { return }
        observed.containers[container]?.newest.state = .exited(.init(code: code, finishedAt: now))
        release(instance.id)
    }

    /// Waits until `condition` holds of the pod.
    func until(_ pod: Pod, _ condition: @Sendable (Observed) -> Bool) async {
        while !condition(machine[pod.id] ?? Observed()) { await withCheckedContinuation { changes.append($0) } }
    }

    private func release(_ instance: String) { waiters.removeValue(forKey: instance)?.values.forEach { $0.resume() } }
    private func release(_ instance: String, _ waiter: Int) { waiters[instance]?.removeValue(forKey: waiter)?.resume() }
    private func notify() { changes.forEach { $0.resume() }; changes = [] }
}

/// Remembers what it was told.
actor FakeSink: StatusSink {
    private(set) var statuses: [PodStatus] = []
    private(set) var events: [PodEvent] = []
    private(set) var forgotten: [Pod.ID] = []
    private var changes: [CheckedContinuation<Void, Never>] = []

    /// Without repetitions.
    var phases: [String] {
        statuses.compactMap(\.phase).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    func report(_ status: PodStatus, of pod: Pod) {
        statuses.append(status)
        changes.forEach { $0.resume() }
        changes = []
    }
    func note(_ event: PodEvent, of pod: Pod) { events.append(event) }
    func forget(_ pod: Pod) {
        forgotten.append(pod.id)
        changes.forEach { $0.resume() }
        changes = []
    }

    func until(_ condition: @Sendable (PodStatus) -> Bool) async {
        while !(statuses.last.map(condition) ?? false) { await withCheckedContinuation { changes.append($0) } }
    }
    func untilForgotten(_ pod: Pod) async {
        while !forgotten.contains(pod.id) { await withCheckedContinuation { changes.append($0) } }
    }
}

extension TestClock {
    var moment: Observed.Moment { .init(wall: wall, boot: now) }
    var wall: Time { Time(seconds: 1_795_233_073) }
}

extension PodStatus {
    func state(of container: String) -> ContainerState? { containerStatuses?.first { $0.name == container }?.state }
    func lastState(of container: String) -> ContainerState? {
        containerStatuses?.first { $0.name == container }?.lastState
    }
    func condition(_ type: String) -> PodCondition? { conditions?.first { $0.type == type } }
}

/// The node's pod, not the API's.
typealias Pod = Pods.Pod

extension PodPlan {
    /// Does the steps up to the first that fails, and remembers it as a worker does.
    func carryOut(
        for pod: Pod, on runtime: FakeRuntime, _ failures: inout StartFailures, _ clock: TestClock
    ) async {
        for step in steps where await !Self.carryOut(step, for: pod, on: runtime, &failures, clock) { return }
    }

    /// Returns whether the steps behind it make sense.
    @discardableResult
    static func carryOut(
        _ step: Step, for pod: Pod, on runtime: FakeRuntime, _ failures: inout StartFailures, _ clock: TestClock
    ) async -> Bool {
        do {
            try await runtime.perform(step, for: pod)
            if case .start(let name, _, _) = step { failures.forget(container: name) }
            if case .createSandbox = step { failures.forgetSandbox() }
        } catch {
            switch step {
            case .start(let name, _, _), .postStart(let name):
                guard let container = pod.container(named: name) else { return false }
                failures.record(error, of: container, at: clock.now)
            case .resize(let name, _): failures.recordResize(error, of: name, at: clock.now)
            default:
                failures.recordSandbox(error, at: clock.now)
                return false
            }
        }
        return true
    }
}
