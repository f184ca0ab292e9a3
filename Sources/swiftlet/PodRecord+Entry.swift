import Kubernetes
import Node
import Pods
import Server
import SystemPackage

extension PodRecord {
    /// What the manager knows of a pod, as the control socket tells it; `logs` is the directory of all pods' logs.
    init(_ entry: PodManager.Entry, logs directory: FilePath, events: [EventView] = []) {
        var object = entry.pod.manifest
        object.status = entry.status ?? object.status
        if entry.isTerminating, object.metadata?.deletionTimestamp == nil { object.metadata?.deletionTimestamp = .now }
        let pod = directory.appending("\(entry.pod.namespace)_\(entry.pod.name)_\(entry.pod.id)")
        let statuses = (object.status?.initContainerStatuses ?? []) + (object.status?.containerStatuses ?? [])
        var logs: [String: Logs] = [:]
        for status in statuses where status.containerID?.isEmpty == false || status.lastState != nil {
            guard let name = status.name else { continue }
            // Source: facts of kubelet, §13.3: an instance's log is named after its count of restarts.
            let count = status.restartCount ?? 0
            let container = pod.appending(name)
            logs[name] = Logs(
                current: container.appending("\(count).log"),
                previous: count > 0 ? container.appending("\(count - 1).log") : nil)
        }
        self.init(object: object, logs: logs, events: events)
    }
}
