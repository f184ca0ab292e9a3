import Kubernetes
import Node
import Pods
import Statistics
import Synchronization

/// Counts what the node does, from the agent's start on.
final class NodeMeter: Sendable {
    private struct State {
        var counters = Counters()
        var pods: [Pods.Pod.ID: PodCount] = [:]
        var starts = PodStarts()
        var startup = NodeStartup()
    }

    /// What must be known of a pod to count each thing of it once.
    private struct PodCount {
        var seen = ContinuousClock.now
        var lastSynced: Desired?
        var awaitsStart = false
        /// Instances whose end is counted.
        var ended: Set<String> = []
    }

    private let state = Mutex(State())
    private let began = ContinuousClock.now

    func families(_ page: CountedMetric.Page) -> [MetricFamily] {
        state.withLock { $0.counters.families(CountedMetric.allCases.filter { $0.page == page }) }
    }

    /// Changes what is counted, and what must be known to count it.
    func record(_ body: (inout Counters, inout PodStarts, inout NodeStartup) -> Void) {
        state.withLock { body(&$0.counters, &$0.starts, &$0.startup) }
    }

    private func change(_ pod: Pods.Pod, _ body: (inout Counters, inout PodCount) -> Void) {
        state.withLock { state in
            var count = state.pods[pod.id] ?? PodCount()
            body(&state.counters, &count)
            state.pods[pod.id] = count
        }
    }

    // MARK: Pods' lives

    /// What the workers of pods tell.
    var ofPods: PodMeter {
        var meter = PodMeter()
        meter.synced = { [self] in synced($0, in: $1) }
        meter.probed = { [self] in probed($0, $1, $2, in: $3) }
        meter.restarted = { [self] pod in
            change(pod) { counters, _ in counters.count(.restartedPods, Labels(["static": pod.staticLabel])) }
        }
        meter.preempted = { [self] in count(.preemptions, Labels(["preemption_signal": $0])) }
        return meter
    }

    private func synced(_ wish: Desired, in duration: Duration) {
        change(wish.pod) { counters, count in
            // Source: kubernetes `kubetypes.SyncPodType`.
            let kind =
                switch (wish, count.lastSynced) {
                case (.terminated, _): "kill"
                case (.running, nil): "create"
                case (.running, let last): last == wish ? "sync" : "update"
                }
            if count.lastSynced == nil {
                let waited = count.seen.duration(to: .now) - duration
                counters.observe(.podWorkerStartDuration, max(.zero, waited))
            }
            count.lastSynced = wish
            counters.observe(.podWorkerDuration, duration, Labels(["operation_type": kind]))
        }
    }

    /// Takes a pod's status as it is told: from being seen to running is its start.
    func take(_ status: PodStatus, of pod: Pods.Pod) {
        change(pod) { counters, count in
            if status.phase == "Pending" {
                count.awaitsStart = true
            } else if count.awaitsStart {
                count.awaitsStart = false
                if status.phase == "Running" {
                    counters.observe(.podStartDuration, count.seen.duration(to: .now))
                }
            }
        }
    }

    /// Nothing is left of a pod: nobody asks for its probes any more.
    func forget(_ pod: Pods.Pod) {
        state.withLock { state in
            state.pods[pod.id] = nil
            state.starts.forget(pod.id)
            let own = "pod_uid=\"\(pod.id)\""
            let name = "namespace=\"\(pod.namespace)\",pod=\"\(pod.name)\""
            state.counters.forget([.probes]) { $0.text.contains(own) }
            state.counters.forget([.probeDuration]) { $0.text.contains(name) }
        }
    }

    // MARK: Probes

    private func probed(
        _ question: ProbeQuestion, _ kind: Pods.Pod.Container.Probe.Kind, _ answer: ProbeAnswer?, in duration: Duration
    ) {
        let type = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
        let result = answer.map { $0.isGood ? "successful" : "failed" } ?? "unknown"
        let pod = question.pod
        change(pod) { counters, _ in
            counters.count(
                .probes,
                Labels([
                    "container": question.container.name, "namespace": pod.namespace, "pod": pod.name,
                    "pod_uid": pod.id.rawValue, "probe_type": type, "result": result,
                ]))
            // Source: facts of kubelet, §16: not of those that failed.
            guard result != "failed" else { return }
            counters.observe(
                .probeDuration, duration,
                Labels([
                    "container": question.container.name, "namespace": pod.namespace, "pod": pod.name,
                    "probe_type": type,
                ]))
        }
    }

    // MARK: Steps

    /// Takes a step that was carried out, or failed.
    func performed(_ step: PodPlan.Step, for pod: Pods.Pod, in duration: Duration, _ failure: (any Error)?) {
        change(pod) { counters, _ in
            guard let name = step.operation else { return }
            let operation = Labels(["operation_type": name])
            counters.count(.operations, operation)
            counters.observe(.operationDuration, duration, operation)
            if failure != nil { counters.count(.operationErrors, operation) }
            switch step {
            case .createSandbox(let attempt):
                Self.count(sandboxOf: pod, isFirst: attempt == 0, in: duration, failure, &counters)
            case .start(let name, _, _):
                let type = pod.container(named: name).map { pod.type(of: $0) } ?? "container"
                counters.count(.startedContainers, Labels(["container_type": type]))
                guard let failure else { return }
                let code = (failure as? PodError)?.reason ?? "Error"
                counters.count(.startedContainerErrors, Labels(["code": code, "container_type": type]))
            default: break
            }
        }
    }

    private static func count(
        sandboxOf pod: Pods.Pod, isFirst: Bool, in duration: Duration, _ failure: (any Error)?,
        _ counters: inout Counters
    ) {
        let handler = Labels(["runtime_handler": pod.runtimeClass ?? ""])
        counters.observe(.sandboxDuration, duration, handler)
        counters.count(.startedPods)
        if !pod.hostUsers { counters.count(.startedUserPods) }
        if isFirst { counters.observe(.containersPerPod, Double(pod.containers.count)) }
        guard failure != nil else { return }
        counters.count(.sandboxErrors, handler)
        counters.count(.startedPodErrors)
        if !pod.hostUsers { counters.count(.startedUserPodErrors) }
    }

    /// Counts instances that have ended, those before the agent's start left out.
    func looked(at observed: Observed, of id: Pods.Pod.ID) {
        let instances = observed.containers.flatMap { name, container in
            [container.newest, container.previous].compactMap(\.self).map { (name, $0) }
        }
        state.withLock { state in
            guard var count = state.pods[id], let pod = count.lastSynced?.pod else { return }
            for (name, instance) in instances {
                guard let exit = instance.exit, exit.finishedAt.boot >= began,
                    count.ended.insert(instance.id).inserted
                else { continue }
                let type = pod.container(named: name).map { pod.type(of: $0) } ?? "container"
                state.counters.count(
                    .terminatedContainers,
                    Labels([
                        "container_type": type, "exit_code": "\(exit.code)", "reason": exit.reason.rawValue,
                    ]))
            }
            count.ended.formIntersection(instances.map(\.1.id))
            state.pods[id] = count
        }
    }
}

/// The machine, with everything counted that is done on it.
struct MeteredRuntime: PodRuntime {
    let runtime: any PodRuntime
    let meter: NodeMeter

    func observe(_ pod: Pods.Pod.ID) async throws -> Observed {
        let observed = try await runtime.observe(pod)
        meter.looked(at: observed, of: pod)
        return observed
    }

    func perform(_ step: PodPlan.Step, for pod: Pods.Pod) async throws {
        let begin = ContinuousClock.now
        do {
            try await runtime.perform(step, for: pod)
            meter.performed(step, for: pod, in: begin.duration(to: .now), nil)
        } catch {
            // One that was called off has not failed.
            if !Task.isCancelled, !(error is CancellationError) {
                meter.performed(step, for: pod, in: begin.duration(to: .now), error)
            }
            throw error
        }
    }

    func waitForExit(of instance: String, in pod: Pods.Pod.ID) async {
        await runtime.waitForExit(of: instance, in: pod)
    }

    func record(_ allocation: PodAllocation, of pod: Pods.Pod.ID) async throws {
        try await runtime.record(allocation, of: pod)
    }

    func leftovers() async throws -> [Pods.Pod] { try await runtime.leftovers() }
}

extension PodPlan.Step {
    /// As the CRI calls it; `nil`: no runtime has to do with it. Source: kubernetes `pkg/kubelet/kuberuntime/instrumented_services.go`.
    fileprivate var operation: String? {
        switch self {
        case .createSandbox: "run_podsandbox"
        case .start: "start_container"
        case .postStart: "exec_sync"
        case .resize: "update_container"
        case .resizeWhole: "update_podsandbox_resources"
        case .stop: "stop_container"
        case .remove: "remove_container"
        case .removeSandbox: "stop_podsandbox"
        case .removePod: "remove_podsandbox"
        case .giveBack: nil
        }
    }
}

extension Pods.Pod {
    /// Source: kubernetes `metrics.go`: `true` for a pod that the cluster has not given.
    var isStatic: Bool { source != .api }
    fileprivate var staticLabel: String { isStatic ? "true" : "" }

    /// Source: kubernetes `kuberuntime_manager.go`, `metrics.Container` and the others.
    fileprivate func type(of container: Container) -> String {
        if initContainers.contains(where: { $0.name == container.name }) { return "init_container" }
        return containers.contains { $0.name == container.name } ? "container" : "ephemeral_container"
    }
}
