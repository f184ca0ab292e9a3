extension Pod {
    /// Every container that the pod names: those that prepare it, its own, those that somebody looked in with.
    package var allContainers: [Container] { initContainers + containers + ephemeralContainers }

    /// Whether a container is started again after it ended so.
    ///
    /// Source: facts of kubelet, §3.4 ("Should-restart"): the first rule that matches, then the container's own
    /// policy, then the pod's.
    func restarts(_ container: Container, after exit: Observed.Exit) -> Bool {
        guard container.role != .ephemeral else { return false }
        if container.rule(for: exit) != nil { return true }
        // What preceded the containers has failed when memory ran out, whatever its exit code says.
        let code = exit.code == 0 && container.role == .initial && exit.isFailure ? 1 : exit.code
        return policy(of: container).restarts(after: code)
    }

    func policy(of container: Container) -> RestartPolicy {
        switch container.role {
        case .sidecar: .always
        case .ephemeral: .never
        case .initial, .regular: container.restartPolicy ?? restartPolicy
        }
    }

    /// Nothing of the pod is started any more: a container that had to precede the others failed for good, or all of
    /// the pod's own have ended for good.
    func isFinished(_ observed: Observed) -> Bool {
        func isOver(_ container: Container) -> Bool {
            guard let exit = observed.containers[container.name]?.newest.exit else { return false }
            return !restarts(container, after: exit)
        }
        let initialFailed = initContainers.contains { container in
            guard container.role == .initial, isOver(container) else { return false }
            return observed.containers[container.name]?.newest.exit?.isFailure ?? false
        }
        return initialFailed || containers.allSatisfy(isOver)
    }

    /// When a container's exit last asked for all of the pod to start anew: what was begun before that is out of date.
    ///
    /// Of a container the last two exits are known. One that goes on ending may have had more before the last of the
    /// others has started anew: then those that have say since when.
    ///
    /// Source: facts of kubelet, §3.4 ("RestartAllContainers").
    package func restartOfAll(_ observed: Observed) -> Instant? {
        guard canRestartAll else { return nil }
        return (initContainers + containers).flatMap { container in
            [observed.containers[container.name]?.newest, observed.containers[container.name]?.previous].flatMap {
                [$0?.exit.flatMap { container.restartOfAll(at: $0) }, $0?.anewSince].compactMap(\.self)
            }
        }.max()
    }

    /// Some container's exit may ask for that.
    package var canRestartAll: Bool {
        (initContainers + containers).contains { $0.restartRules.contains { $0.action == .restartAll } }
    }

    /// The containers that start anew because of that.
    func outdated(_ observed: Observed) -> Set<String> {
        guard let since = restartOfAll(observed) else { return [] }
        return Set(
            (initContainers + containers).map(\.name).filter {
                observed.containers[$0].map { $0.newest.begunAt <= since } ?? false
            })
    }
}

extension Pod.Container {
    /// What a container is for.
    package enum Role: Sendable {
        case regular
        /// Runs to its end before the next begins.
        case initial
        /// Begins in the order of those, and stays beside the pod's containers.
        case sidecar
        /// Added to a running pod to look into it. Never restarted.
        case ephemeral
    }

    package struct RestartRule: Equatable, Sendable {
        package enum Action: String, Sendable { case restart = "Restart", restartAll = "RestartAllContainers" }

        package var action: Action
        package var codes: [Int32]
        /// It matches the codes that are not listed.
        package var isInverted: Bool

        package init(_ action: Action, codes: [Int32], isInverted: Bool = false) {
            self.action = action
            self.codes = codes
            self.isInverted = isInverted
        }
    }

    /// What runs at a moment of a container's life. Source: facts of kubelet, §3.7.
    package enum Hook: Equatable, Sendable {
        case exec([String])
        case http(HTTPGet)
        case sleep(Duration)
    }

    /// The container's part in its own start and stop.
    package struct Lifecycle: Equatable, Sendable {
        package var postStart: Hook?
        package var preStop: Hook?
        /// Replaces the image's, e.g. `SIGUSR1`.
        package var stopSignal: String?
        package init() {}
    }

    /// When an exit asked for all of the pod to start anew; nil: it did not.
    func restartOfAll(at exit: Observed.Exit) -> Instant? {
        rule(for: exit)?.action == .restartAll ? exit.finishedAt.boot : nil
    }

    /// The first rule that an exit matches.
    func rule(for exit: Observed.Exit) -> RestartRule? {
        restartRules.first { $0.codes.contains(exit.code) != $0.isInverted }
    }
}

extension Observed.Exit {
    /// Source: facts of kubelet, §3.4: also code 0 when memory ran out or nobody knows.
    var isFailure: Bool { code != 0 || reason == .outOfMemory || reason == .unknown }
}
