package import Kubernetes
package import Pods

/// Something that happened, as it is told to the cluster: about a pod, a container of it, or the node.
package struct ClusterEvent: Equatable, Sendable {
    package var subject: ObjectReference
    package var kind: PodEvent.Kind
    package var reason: String
    package var message: String
    package var at: Time

    /// Of a pod; `uid` is that of its object at the server, which a mirror has of its own.
    package init(_ event: PodEvent, of pod: Pods.Pod, uid: String, at time: Time) {
        subject = ObjectReference()
        (subject.apiVersion, subject.kind) = ("v1", "Pod")
        (subject.namespace, subject.name, subject.uid) = (pod.namespace, pod.name, uid)
        if let container = event.container {
            subject.fieldPath = "spec.\(pod.listName(of: container)){\(container)}"
        }
        (kind, reason, message, at) = (event.kind, event.reason, event.message, time)
    }

    /// Of the node: its name stands for its UID, as the kubelet has it.
    package init(_ event: NodeEvent, node: String, at time: Time) {
        subject = ObjectReference()
        (subject.apiVersion, subject.kind, subject.name, subject.uid) = ("v1", "Node", node, node)
        (kind, reason, message, at) = (event.kind, event.reason, event.message, time)
    }
}

/// Something that happened to the node. Source: facts of kubelet, §10.7.
package struct NodeEvent: Equatable, Sendable {
    package var kind: PodEvent.Kind
    package var reason: String
    package var message: String

    package init(_ kind: PodEvent.Kind, _ reason: String, _ message: String) {
        (self.kind, self.reason, self.message) = (kind, reason, message)
    }

    static func status(_ reason: String, of node: String) -> Self {
        Self(.normal, reason, "Node \(node) status is now: \(reason)")
    }

    package static let starting = Self(.normal, "Starting", "Starting kubelet.")
}

extension Pods.Pod {
    fileprivate func listName(of container: String) -> String {
        if ephemeralContainers.contains(where: { $0.name == container }) { return "ephemeralContainers" }
        return initContainers.contains { $0.name == container } ? "initContainers" : "containers"
    }
}
