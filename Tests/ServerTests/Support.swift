import FoundationEssentials
import Kubernetes
import Linux
import SystemPackage

/// A directory that is gone after the test.
func withScratch<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("swiftlet-\(UUID().uuidString)")
    try makeDirectories(path)
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    return try await body(path)
}

func rename(_ old: FilePath, to new: FilePath) throws {
    try FileManager.default.moveItem(atPath: old.string, toPath: new.string)
}

/// A pod of the API, as an agent's closure would give it.
func pod(
    _ name: String, namespace: String = "default", containers: [String], statuses: [ContainerStatus] = [],
    phase: String = "Running"
) -> Kubernetes.Pod {
    var pod = Kubernetes.Pod()
    var (meta, spec, status) = (ObjectMeta(), PodSpec(), PodStatus())
    (meta.name, meta.namespace, meta.uid) = (name, namespace, "uid-\(namespace)-\(name)")
    spec.nodeName = "n1"
    spec.containers = containers.map {
        var container = Container()
        (container.name, container.image) = ($0, "busybox")
        return container
    }
    (status.phase, status.containerStatuses) = (phase, statuses)
    (pod.metadata, pod.spec, pod.status) = (meta, spec, status)
    return pod
}

extension ContainerState {
    static var isRunning: Self {
        var state = Self()
        state.running = ContainerStateRunning()
        return state
    }

    static func waiting(_ reason: String) -> Self {
        var state = Self()
        var waiting = ContainerStateWaiting()
        waiting.reason = reason
        state.waiting = waiting
        return state
    }

    static func ended(_ code: Int32, reason: String? = nil, signal: Int32? = nil) -> Self {
        var state = Self()
        var ended = ContainerStateTerminated()
        (ended.exitCode, ended.reason, ended.signal) = (code, reason, signal)
        state.terminated = ended
        return state
    }
}
