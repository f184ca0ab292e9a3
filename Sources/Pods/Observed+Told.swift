import Kubernetes

extension Observed {
    /// Containers of a pod of which a boot has left nothing, by what the cluster was told of them: those that do not
    /// start again.
    ///
    /// What has ended is not done twice. Source: facts of kubelet, §18: a runtime's records outlive the boot there.
    static func recalled(_ told: PodStatus, of pod: Pod, at now: Moment) -> [String: Container] {
        var recalled: [String: Container] = [:]
        for container in pod.containers {
            guard let status = told.status(of: container.name), let exit = status.lastExit(at: now),
                !pod.restarts(container, after: exit)
            else { continue }
            let id = status.containerID?.split(separator: "/").last.map(String.init) ?? ""
            let begun = status.state?.terminated?.startedAt ?? status.state?.running?.startedAt ?? now.wall
            var instance = Instance(
                id: id, state: .exited(exit), startedAt: now.earlier(begun),
                restartCount: Int(status.restartCount ?? 0),
                image: status.image ?? container.image, imageID: status.imageID ?? "")
            instance.begunAt = instance.startedAt.boot
            recalled[container.name] = Container(instance)
        }
        return recalled
    }
}

extension Desired {
    /// The wish for a pod of a manifest that was evicted, or made room for another, before this agent began, and of which
    /// nothing starts again. Nil: it is none.
    ///
    /// Its containers went with their records: only what was told of them says that they have run.
    func eviction(_ told: PodStatus, _ observed: Observed, at now: Observed.Moment) -> Desired? {
        guard case .running(let pod) = self, pod.source != .api, told.phase == "Failed" else { return nil }
        let termination = Termination(
            grace: pod.terminationGracePeriod, reason: told.reason, message: told.message, removesEverything: false)
        let known = Observed.recalled(told, of: pod, at: now).merging(observed.containers) { $1 }
        guard termination.removesContainers, pod.isFinished(Observed(containers: known)) else { return nil }
        return .terminated(pod, termination)
    }
}

extension ContainerStatus {
    /// How it ended: as was told, or unseen with the machine. `nil`: it had not begun.
    fileprivate func lastExit(at now: Observed.Moment) -> Observed.Exit? {
        if let ended = state?.terminated {
            return Observed.Exit(
                code: ended.exitCode ?? 137, signal: ended.signal ?? 0,
                reason: ended.reason.flatMap(Observed.Exit.Reason.init), message: ended.message ?? "",
                finishedAt: now.earlier(ended.finishedAt ?? now.wall))
        }
        guard state?.running != nil else { return nil }
        return Observed.Exit(
            code: 137, reason: .unknown, message: "The container could not be located when the node had restarted",
            finishedAt: now)
    }
}

extension Observed.Moment {
    /// That time on both clocks.
    fileprivate func earlier(_ time: Time) -> Self {
        Self(wall: time, boot: boot.advanced(by: .seconds(time.seconds - wall.seconds)))
    }
}
