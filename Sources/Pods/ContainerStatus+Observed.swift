import Kubernetes

extension ContainerStatus {
    /// What the API tells of one container. Source: facts of kubelet, §3.5.
    init(
        of container: Pod.Container, _ observed: Observed.Container?, waiting: PodPlan.Waiting?,
        verdicts: ProbeVerdicts = ProbeVerdicts(), previous: ContainerStatus?, isEnded: Bool
    ) {
        self.init()
        name = container.name
        image = observed?.newest.image ?? container.image
        imageID = observed?.newest.imageID ?? ""
        containerID = observed.map { Self.reference($0.newest.id) }
        ready = observed.map { verdicts.isReady(container, $0.newest) } ?? false
        started = observed.map { verdicts.isStarted(container, $0.newest) } ?? false
        volumeMounts = container.mounts.isEmpty ? nil : container.mounts.map(\.status)
        if let observed {
            restartCount = Int32(clamping: observed.newest.restartCount)
            show(observed, waiting)
        } else {
            showAbsence(waiting, previous, isEnded: isEnded)
        }
    }

    private mutating func show(_ observed: Observed.Container, _ waiting: PodPlan.Waiting?) {
        let own = ContainerState(observed.newest)
        if let waiting, !observed.newest.isRunning {
            state = ContainerState(waiting)
            lastState = own
        } else {
            state = own
            lastState = observed.previous.map { ContainerState($0) } ?? ContainerState()
        }
    }

    private mutating func showAbsence(
        _ waiting: PodPlan.Waiting?, _ previous: ContainerStatus?, isEnded: Bool
    ) {
        restartCount = previous?.restartCount ?? 0
        lastState = previous?.lastState ?? ContainerState()
        if previous?.state?.running != nil {
            lastState = .vanished(
                "The container could not be located when the pod was deleted.  The container used to be Running")
            restartCount = (previous?.restartCount ?? 0) + 1
        }
        if isEnded {
            state = .vanished("The container could not be located when the pod was terminated")
        } else {
            state = ContainerState(waiting ?? PodPlan.Waiting(reason: "ContainerCreating"))
        }
    }

    /// `<runtime>://<id>`, as every runtime writes it.
    static func reference(_ id: String) -> String { "swiftlet://\(id)" }
}

extension ContainerState {
    fileprivate init(_ waiting: PodPlan.Waiting) {
        self.init()
        var state = ContainerStateWaiting()
        state.reason = waiting.reason
        state.message = waiting.message.isEmpty ? nil : waiting.message
        self.waiting = state
    }

    fileprivate init(_ instance: Observed.Instance) {
        self.init()
        switch instance.state {
        case .running:
            var state = ContainerStateRunning()
            state.startedAt = instance.startedAt.wall
            running = state
        case .exited(let exit):
            var state = ContainerStateTerminated()
            state.containerID = ContainerStatus.reference(instance.id)
            state.exitCode = exit.code
            state.reason = exit.reason.rawValue
            // Source: facts of kubelet, §3.5: 12 KiB for all of a pod; §3.8: 4 KiB for each.
            state.message = exit.message.isEmpty ? nil : String(exit.message.prefix(4096))
            state.startedAt = instance.startedAt.wall
            state.finishedAt = exit.finishedAt.wall
            terminated = state
        }
    }

    fileprivate static func vanished(_ message: String) -> ContainerState {
        var terminated = ContainerStateTerminated()
        terminated.exitCode = 137
        terminated.reason = Observed.Exit.Reason.unknown.rawValue
        terminated.message = message
        var state = ContainerState()
        state.terminated = terminated
        return state
    }
}

extension Pod.Container.Mount {
    fileprivate var status: VolumeMountStatus {
        var status = VolumeMountStatus()
        status.name = volume
        status.mountPath = path
        if isReadOnly {
            status.readOnly = true
            status.recursiveReadOnly = recursiveReadOnly == .disabled ? "Disabled" : "Enabled"
        }
        return status
    }
}
