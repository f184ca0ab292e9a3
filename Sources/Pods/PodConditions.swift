import Kubernetes

/// The conditions that the node owns, in the kubelet's order. Source: facts of kubelet, §3.5 ("Conditions").
struct PodConditions {
    let desired: Desired
    let observed: Observed
    let status: PodStatus
    /// Why running containers do not have the amounts that they ask for; empty: they will, or do.
    let resizeProblems: [String]

    private var pod: Pod { desired.pod }

    var all: [PodCondition] {
        let sandbox = condition("PodReadyToStartContainers", observed.sandbox?.fits(pod) ?? false)
        return [
            sandbox, initialized, readiness("Ready"), readiness("ContainersReady"), condition("PodScheduled", true),
        ] + passing
    }

    /// Conditions that are there while they hold.
    private var passing: [PodCondition] {
        var passing: [PodCondition] = []
        if case .terminated(_, let termination) = desired, let disruption = termination.disruption {
            passing.append(condition("DisruptionTarget", true, "TerminationByKubelet", disruption))
        }
        passing += resizing
        if !pod.outdated(observed).isEmpty {
            passing.append(
                condition(
                    "AllContainersRestarting", true, "RestartAllContainersStarted",
                    "container exited with restart policy rule"))
        }
        return passing
    }

    /// Of amounts that the pod was granted, the version that they are of; of others, the one that asks for them.
    private var resizing: [PodCondition] {
        var resizing: [PodCondition] = []
        if let pending = pod.pendingResize, !desired.isTermination, !status.isFinal {
            resizing.append(condition("PodResizePending", true, pending.reason.rawValue, pending.message))
        }
        if pod.allContainers.contains(where: isBeingResized) || isWholeBeingResized {
            let problems = resizeProblems.isEmpty ? nil : resizeProblems.joined(separator: "; ")
            var condition = condition("PodResizeInProgress", true, problems.map { _ in "Error" }, problems)
            condition.observedGeneration = pod.allocatedGeneration
            resizing.append(condition)
        }
        return resizing
    }

    private func isBeingResized(_ container: Pod.Container) -> Bool {
        guard let instance = observed.containers[container.name]?.newest, instance.isRunning else { return false }
        return instance.allocation.map { $0 != Allocation(container, in: pod) } ?? false
    }

    private var isWholeBeingResized: Bool {
        guard !desired.isTermination, let sandbox = observed.sandbox, sandbox.isReady else { return false }
        return sandbox.allocation != Allocation(wholeOf: pod)
    }

    private var initialized: PodCondition {
        if status.phase == "Succeeded" { return condition("Initialized", true, "PodCompleted") }
        if pod.containers.contains(where: { observed.containers[$0.name] != nil }) {
            return condition("Initialized", true)
        }
        let incomplete = pod.initContainers.filter { container in
            let status = status.status(of: container.name)
            return container.role == .sidecar ? status?.started != true : status?.ready != true
        }
        if incomplete.isEmpty { return condition("Initialized", true) }
        let names = incomplete.map(\.name).joined(separator: " ")
        return condition(
            "Initialized", false, "ContainersNotInitialized", "containers with incomplete status: [\(names)]")
    }

    private func readiness(_ type: String) -> PodCondition {
        let needed = pod.initContainers.filter { $0.role == .sidecar } + pod.containers
        let unready = needed.map(\.name).filter { status.status(of: $0)?.ready != true }
        switch status.phase {
        case "Succeeded": return condition(type, false, "PodCompleted")
        case "Failed": return condition(type, false, "PodFailed")
        case _ where unready.isEmpty: return type == "Ready" ? gated : condition(type, true)
        default:
            let names = unready.joined(separator: " ")
            return condition(type, false, "ContainersNotReady", "containers with unready status: [\(names)]")
        }
    }

    /// Ready, if what others say of the pod is so, too. Source: kubernetes `pkg/kubelet/status/generate.go`.
    private var gated: PodCondition {
        let others = pod.manifest.status?.conditions ?? []
        let problems = (pod.manifest.spec?.readinessGates ?? []).compactMap { gate -> String? in
            let name = gate.conditionType ?? ""
            guard let found = others.first(where: { $0.type == name }) else {
                return "corresponding condition of pod readiness gate \"\(name)\" does not exist."
            }
            return found.status == "True"
                ? nil : "the status of pod readiness gate \"\(name)\" is not \"True\", but \(found.status ?? "")"
        }
        if problems.isEmpty { return condition("Ready", true) }
        return condition("Ready", false, "ReadinessGatesNotReady", problems.joined(separator: ", "))
    }

    private func condition(_ type: String, _ isTrue: Bool, _ reason: String? = nil, _ message: String? = nil)
        -> PodCondition
    {
        var condition = PodCondition()
        condition.type = type
        condition.status = isTrue ? "True" : "False"
        condition.reason = reason
        condition.message = message
        return condition
    }
}

extension PodCondition {
    /// Whether it is in the state that it was in. Source: kubernetes `updatedPodResizeCondition`: of these two, which are
    /// true while they are there, another reason is another state.
    func isState(of last: PodCondition?) -> Bool {
        let isOfResize = type == "PodResizePending" || type == "PodResizeInProgress"
        return status == last?.status && (!isOfResize || reason == last?.reason)
    }
}
