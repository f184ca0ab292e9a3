import Kubernetes

extension ContainerStatus {
    /// What the API tells of one container. Source: facts of kubelet, §3.5.
    init(
        of container: Pod.Container, in pod: Pod, _ observed: Observed.Container?, waiting: PodPlan.Waiting?,
        verdicts: ProbeVerdicts = ProbeVerdicts(), previous: ContainerStatus?, isEnded: Bool, messageBudget: Int
    ) {
        self.init()
        name = container.name
        image = observed?.newest.image ?? container.image
        imageID = observed?.newest.imageID ?? ""
        containerID = observed.map { Self.reference($0.newest.id) }
        let starting = PodPlan.Waiting(reason: pod.initContainers.isEmpty ? "ContainerCreating" : "PodInitializing")
        let isRunning = observed.map { $0.newest.isRunning && !$0.newest.awaitsPostStart } ?? false
        // What precedes the containers is ready when it has done its work.
        let exit = observed?.newest.exit
        started = isRunning && observed.map { verdicts.isStarted(container, $0.newest) } ?? false
        let answers = isRunning && observed.map { verdicts.isReady(container, $0.newest) } ?? false
        ready = container.role == .initial ? exit.map { !$0.isFailure } ?? false : answers
        stopSignal = container.lifecycle.stopSignal
        if let observed { showResources(of: container, in: pod, observed.newest) }
        volumeMounts = container.mounts.isEmpty ? nil : container.mounts.map(\.status)
        if let observed {
            restartCount = Int32(clamping: observed.newest.restartCount)
            show(observed, waiting, starting, messageBudget)
        } else {
            showAbsence(waiting ?? starting, previous, isEnded: isEnded)
        }
    }

    private mutating func show(
        _ observed: Observed.Container, _ waiting: PodPlan.Waiting?, _ starting: PodPlan.Waiting, _ budget: Int
    ) {
        let own = ContainerState(observed.newest, budget)
        if let waiting, !observed.newest.isRunning {
            state = ContainerState(waiting)
            lastState = own
        } else {
            state = observed.newest.awaitsPostStart && observed.newest.isRunning ? ContainerState(starting) : own
            lastState = observed.previous.map { ContainerState($0, budget) } ?? ContainerState()
        }
    }

    private mutating func showAbsence(
        _ waiting: PodPlan.Waiting, _ previous: ContainerStatus?, isEnded: Bool
    ) {
        if isEnded, let previous, previous.state?.terminated != nil {
            // Its records are gone, with a boot or because it was evicted; how it ended was told before.
            self = previous
            return
        }
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
            state = ContainerState(waiting)
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

    fileprivate init(_ instance: Observed.Instance, _ messageBudget: Int) {
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
            state.message = exit.message.isEmpty ? nil : exit.message.shortened(to: min(4096, messageBudget))
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

extension String {
    /// At most so many bytes of it, no character cut.
    fileprivate func shortened(to bytes: Int) -> String {
        if utf8.count <= bytes { return self }
        var end = utf8.index(startIndex, offsetBy: bytes)
        while Unicode.UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
        return String(self[..<end])
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
