import JSONText
import Kubernetes
import Server

extension Router {
    func podList() async throws -> [UInt8] {
        let items = try await control.pods(nil).map { record in
            var pod = record.object
            (pod.apiVersion, pod.kind) = (nil, nil)
            return pod
        }
        return try Self.list(items)
    }

    /// What runs, as far as the runtime knows: names and images.
    func runningPods() async throws -> [UInt8] {
        try Self.list(await control.pods(nil).compactMap { Self.running($0.object) })
    }

    private static func list(_ pods: [Kubernetes.Pod]) throws -> [UInt8] {
        let items = try pods.map { try JSONWriter.write($0) }
        return JSON.object(
            .init([
                ("kind", .string("PodList")), ("apiVersion", .string("v1")), ("metadata", .object([:])),
                ("items", .array(items)),
            ])
        ).encoded
    }

    /// `nil` if nothing of it runs.
    static func running(_ pod: Kubernetes.Pod) -> Kubernetes.Pod? {
        let status = pod.status
        let statuses = [status?.initContainerStatuses, status?.containerStatuses, status?.ephemeralContainerStatuses]
        let running = statuses.flatMap { $0 ?? [] }.filter { $0.state?.running != nil }
        guard !running.isEmpty else { return nil }
        var (shown, metadata, spec) = (Kubernetes.Pod(), ObjectMeta(), PodSpec())
        metadata.name = pod.metadata?.name
        metadata.namespace = pod.metadata?.namespace
        metadata.uid = pod.metadata?.uid
        spec.containers = running.map { status in
            var container = Container()
            (container.name, container.image, container.resources) = (status.name, status.imageID, .init())
            return container
        }
        (shown.metadata, shown.spec, shown.status) = (metadata, spec, .init())
        return shown
    }

    /// A pod by its name, and by its UID where that is given.
    func pod(_ namespace: String, _ name: String, uid: String? = nil) async throws -> PodRecord? {
        let all = try await control.pods(PodName(namespace: namespace, name: name)).filter { record in
            let metadata = record.object.metadata
            return metadata?.namespace == namespace && metadata?.name == name && (uid == nil || metadata?.uid == uid)
        }
        // One that is replaced is there twice for a while: the one that is wanted is meant.
        return all.first { $0.object.metadata?.deletionTimestamp == nil } ?? all.first
    }
}

extension PodRecord {
    /// Whether the pod's spec has a container of this name, of whatever kind.
    func hasContainer(_ name: String) -> Bool {
        let spec = object.spec
        return (spec?.containers ?? []).contains { $0.name == name }
            || (spec?.initContainers ?? []).contains { $0.name == name }
            || (spec?.ephemeralContainers ?? []).contains { $0.name == name }
    }

    /// Whether a container of this name runs or has run.
    func hasStarted(_ name: String) -> Bool {
        let status = object.status
        let all = [status?.initContainerStatuses, status?.containerStatuses, status?.ephemeralContainerStatuses]
        return all.contains { list in
            (list ?? []).contains { $0.name == name && ($0.state?.running != nil || $0.state?.terminated != nil) }
        }
    }
}
