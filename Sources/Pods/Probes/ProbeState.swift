/// What one probe of one container has found out, and when it is to be asked again.
///
/// A value without a clock: ``turn(_:now:)`` decides, ``take(_:in:)`` counts. Source: facts of kubelet, §4.2 and §4.3.
package struct ProbeState: Equatable, Sendable {
    package enum Verdict: String, Equatable, Sendable { case passing, failing }

    package enum Turn: Equatable, Sendable {
        case ask
        case wait(until: Instant)
        /// Until something changes: there is nothing to ask, or nothing that an answer would change.
        case idle
    }

    package let kind: Pod.Container.Probe.Kind
    /// The instance that everything here is about.
    package private(set) var instance: String?
    /// Nil until enough answers agree: then a container counts as alive, but not as started or ready.
    package private(set) var verdict: Verdict?
    /// Whether the last answer was a good one, and how many like it came in a row.
    package private(set) var last: Bool?
    package private(set) var inARow = 0
    /// The verdict stands for as long as the instance.
    package private(set) var isSettled = false
    /// When it was last due.
    private var asked: Instant?

    package init(_ kind: Pod.Container.Probe.Kind) { self.kind = kind }

    /// Starts anew for another instance. `earlier` is what an agent before this one told of it.
    package mutating func follow(_ instance: Observed.Instance?, earlier: Verdict? = nil) {
        guard let instance, instance.id != self.instance else { return }
        self = ProbeState(kind)
        self.instance = instance.id
        verdict = earlier
        isSettled = kind == .startup && earlier == .passing
    }

    /// What to do now. `scene` is of the instance that is followed.
    package mutating func turn(_ scene: ProbeScene, now: Instant) -> Turn {
        guard let instance = scene.instance, instance.id == self.instance, instance.isRunning, !isSettled else {
            return .idle
        }
        if scene.isTerminating, kind != .readiness {
            // Nobody restarts what is to end. Source: `worker.go`, doProbe, "Terminating pod".
            verdict = .passing
            isSettled = true
            return .idle
        }
        guard scene.isStarted == (kind != .startup) else { return .idle }
        let due = due(scene, now: now)
        return due > now ? .wait(until: due) : .ask
    }

    /// The first period of an instance is its own: whether it has started or is ready is asked at once and ever more
    /// seldom, so that a quick one is not kept waiting. Behind it comes one question each period.
    private func due(_ scene: ProbeScene, now: Instant) -> Instant {
        let (begin, regular) = scene.times
        guard let asked else {
            let first = kind == .liveness ? regular : begin
            return max(first, scene.notBefore ?? first)
        }
        if asked < regular, kind != .liveness {
            return min(regular, begin.advanced(by: max(.seconds(1), begin.duration(to: asked) * 2)))
        }
        return asked.advanced(by: scene.probe.period)
    }

    /// Notes that it is being asked now. A question that took longer than a period is not made up for.
    package mutating func ask(_ scene: ProbeScene, now: Instant) {
        let due = due(scene, now: now)
        let keepsTime = due >= scene.times.regular && due.duration(to: now) < scene.probe.period
        asked = keepsTime ? due : now
    }

    /// Counts one answer; returns the verdict if it changed. A no of the first period decides nothing: that is the
    /// time which the container had anyway before it would have been asked.
    package mutating func take(_ isGood: Bool, in scene: ProbeScene) -> Verdict? {
        guard isCounted(isGood, in: scene) else { return nil }
        inARow = isGood == last ? inARow + 1 : 1
        last = isGood
        guard inARow >= (isGood ? scene.probe.successThreshold : scene.probe.failureThreshold) else { return nil }
        let reached = isGood ? Verdict.passing : .failing
        isSettled = kind == .startup || kind == .liveness && !isGood
        defer { verdict = reached }
        return reached == verdict ? nil : reached
    }

    package func isCounted(_ isGood: Bool, in scene: ProbeScene) -> Bool {
        guard !isSettled, scene.instance?.id == instance else { return false }
        return isGood || kind == .liveness || asked.map { $0 >= scene.times.regular } ?? true
    }
}

/// What is known of a container when its probe has its turn.
package struct ProbeScene: Equatable, Sendable {
    package var probe: Pod.Container.Probe
    package var instance: Observed.Instance?
    /// Its startup probe has passed, or it has none.
    package var isStarted: Bool
    package var isTerminating: Bool
    /// Not asked before, so that an agent that starts does not ask all its containers at once.
    package var notBefore: Instant?

    package init(
        _ probe: Pod.Container.Probe, _ instance: Observed.Instance?, isStarted: Bool = true,
        isTerminating: Bool = false, notBefore: Instant? = nil
    ) {
        self.probe = probe
        self.instance = instance
        self.isStarted = isStarted
        self.isTerminating = isTerminating
        self.notBefore = notBefore
    }

    /// When the instance may be asked, and when every answer counts.
    fileprivate var times: (begin: Instant, regular: Instant) {
        let started = instance?.startedAt.boot ?? .now
        return (
            started.advanced(by: probe.initialDelay), started.advanced(by: max(probe.initialDelay, probe.period))
        )
    }
}
