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
