import Kubernetes

/// The conditions that the node owns, in the kubelet's order. Source: facts of kubelet, §3.5 ("Conditions").
struct PodConditions {
    let pod: Pod
    let observed: Observed
    let status: PodStatus

    var all: [PodCondition] {
        let sandbox = condition("PodReadyToStartContainers", observed.sandbox?.fits(pod) ?? false)
        var initialized = condition("Initialized", true)
        if status.phase == "Succeeded" { initialized.reason = "PodCompleted" }
        return [
            sandbox, initialized, readiness("Ready"), readiness("ContainersReady"), condition("PodScheduled", true),
        ]
    }

    private func readiness(_ type: String) -> PodCondition {
        let unready = pod.containers.map(\.name).filter { name in
            status.containerStatuses?.first { $0.name == name }?.ready != true
        }
        switch status.phase {
        case "Succeeded": return condition(type, false, "PodCompleted")
        case "Failed": return condition(type, false, "PodFailed")
        case _ where unready.isEmpty: return condition(type, true)
        default:
            let names = unready.joined(separator: " ")
            return condition(type, false, "ContainersNotReady", "containers with unready status: [\(names)]")
        }
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
