package import SystemPackage

/// Finds which file a request for a log means, or says why there is none, in the kubelet's words.
package struct LogSelection: Equatable, Sendable {
    package var file: FilePath
    /// Lines may still come.
    package var isRunning: Bool

    package init(_ request: LogRequest, in record: PodRecord) throws {
        let pod = PodView(record.object)
        let container = try pod.container(named: request.container)
        let logs = try record.logs(container.name)
        let chosen: FilePath?
        isRunning = container.state.kind == .running && !request.previous
        switch container.state.kind {
        case .waiting where container.last == nil:
            guard !request.previous else { throw Self.noPrevious(container, pod) }
            throw Self.waiting(container, pod)
        case .waiting:
            // Between two instances the newest is the one that has ended: it is both.
            chosen = logs.current
        case .running, .terminated:
            if request.previous && container.last == nil { throw Self.noPrevious(container, pod) }
            chosen = request.previous ? logs.previous : logs.current
        }
        guard let chosen else {
            if request.previous { throw Self.noPrevious(container, pod) }
            if container.state.kind == .terminated, let id = container.id {
                // Of a pod that was evicted. Source: kubernetes `kuberuntime_container.go`, GetContainerLogs; its words.
                throw ControlError(.removed, "unable to retrieve container logs for \(id)")
            }
            throw ControlError(.conflict, "container \"\(container.name)\" in pod \"\(pod.name)\" is not available")
        }
        file = chosen
    }

    private static func noPrevious(_ container: ContainerView, _ pod: PodView) -> ControlError {
        ControlError(
            .notFound, "previous terminated container \"\(container.name)\" in pod \"\(pod.name)\" not found")
    }

    private static func waiting(_ container: ContainerView, _ pod: PodView) -> ControlError {
        let what = "container \"\(container.name)\" in pod \"\(pod.name)\" is waiting to start: "
        return switch container.state.reason {
        case "ErrImagePull": ControlError(.conflict, what + "image can't be pulled")
        case "ImagePullBackOff": ControlError(.conflict, what + "trying and failing to pull image")
        case let reason: ControlError(.conflict, what + (reason ?? "ContainerCreating"))
        }
    }
}
