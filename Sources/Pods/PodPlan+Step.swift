extension PodPlan {
    /// One thing to do for a pod. The runtime carries it out; doing it twice does no harm.
    package enum Step: Equatable, Sendable {
        /// Makes the pod's directories, cgroup, pause process and network. A sandbox of a lower attempt is gone by then.
        case createSandbox(attempt: Int)
        /// Gets the image by the container's pull policy and starts a new instance.
        /// `attempt` is kept in the instance's record: see ``Observed/Instance/attempt``.
        case start(container: String, restartCount: Int, attempt: Int)
        /// Runs the newest instance's hook, if it still awaits it; one whose hook fails is stopped.
        case postStart(container: String)
        /// Gives a running instance the cpu and memory that its container has now.
        case resize(container: String, instance: String)
        /// Gives the pod as a whole the cpu and memory that it has now.
        case resizeWhole
        /// Runs the instance's last hook, waits until the instances `after` have ended, asks all processes of the
        /// instance to leave, and kills them; all of it within `grace`. Its record stays.
        case stop(container: String, instance: String, grace: Duration, after: [String] = [])
        /// Removes the record, the root file system and the log of an instance that does not run.
        case remove(container: String, instance: String)
        /// Detaches the network, kills the pause process; keeps records and logs of containers.
        case removeSandbox
        /// Gives back what nobody needs of a pod that has ended: volumes, generated files, cgroup, ids. Records, logs and
        /// what containers wrote to their root file systems stay.
        case giveBack
        /// Removes all that is left: directories, volumes, logs, cgroup.
        case removePod
    }
}

extension ArraySlice<PodPlan.Step> {
    /// Whether the container is started anew in the sandbox that it had.
    func startsAgain(_ container: String) -> Bool {
        guard case .start(container, _, _)? = first else { return false }
        return true
    }
}

extension PodPlan.Step {
    var isStop: Bool {
        if case .stop = self { true } else { false }
    }

    var changesStatus: Bool {
        switch self {
        case .createSandbox, .start, .postStart, .resize, .resizeWhole: true
        case .stop, .remove, .removeSandbox, .giveBack, .removePod: false
        }
    }
}
