import Kubernetes
import Logging

/// Asks one pod's probes: a task each, none of which does anything while there is nothing to ask.
package actor PodProber {
    private struct Key: Hashable, Sendable {
        var container: String
        var kind: Pod.Container.Probe.Kind
    }

    /// More answers than these are forgotten, the oldest first.
    package static let remembered = 10

    private let environment: PodEnvironment
    private let changed: @Sendable () -> Void
    private let began: Instant
    private var desired: Desired
    private var observed = Observed()
    private var states: [Key: ProbeState] = [:]
    private var bells: [Key: Wakeup] = [:]
    private var scenes: [Key: ProbeScene] = [:]
    private var jitter: [Key: Double] = [:]
    private var notes: [Key: [ProbeNote]] = [:]
    /// What the agent before this one told last; nil until it was asked for.
    private var earlier: PodStatus??
    private let (added, add) = AsyncStream<Key>.makeStream()
    private var clock: any MonotonicClock { environment.clock }

    /// - Parameter changed: rung when a verdict has changed.
    package init(_ desired: Desired, in environment: PodEnvironment, changed: @escaping @Sendable () -> Void) {
        self.desired = desired
        self.environment = environment
        self.changed = changed
        began = environment.clock.now
    }

    /// Takes what there is of the pod now, and returns what its probes have found out about it.
    package func follow(_ desired: Desired, _ observed: Observed) async -> ProbeVerdicts {
        self.desired = desired
        self.observed = observed
        let probed = desired.pod.probed.filter { !$0.probes.isEmpty }
        if probed.isEmpty { return ProbeVerdicts() }
        if earlier == nil { earlier = .some(await environment.lastStatus(desired.pod.id)) }
        for container in probed {
            // In the order of their kinds: whether it has started decides what the others do.
            for kind in Pod.Container.Probe.Kind.allCases where container.probes[kind] != nil {
                prepare(Key(container: container.name, kind: kind), container)
            }
        }
        return verdicts
    }

    private func prepare(_ key: Key, _ container: Pod.Container) {
        let instance = observed.containers[container.name]?.newest
        var state = states[key] ?? ProbeState(key.kind)
        state.follow(instance, earlier: instance.flatMap { earlier(key.kind, of: $0) })
        states[key] = state
        let scene = scene(of: key)
        guard scene != scenes[key] else { return }
        scenes[key] = scene
        if let bell = bells[key] { return bell.ring() }
        bells[key] = Wakeup()
        add.yield(key)
    }

    /// An agent that takes over goes on with what was told of the very same instance.
    private func earlier(_ kind: Pod.Container.Probe.Kind, of instance: Observed.Instance) -> ProbeState.Verdict? {
        let statuses = (earlier ?? nil).map { ($0.initContainerStatuses ?? []) + ($0.containerStatuses ?? []) }
        let reference = ContainerStatus.reference(instance.id)
        guard let status = statuses?.first(where: { $0.containerID == reference }) else { return nil }
        return switch kind {
        case .startup: status.started == true ? .passing : nil
        case .readiness: status.ready == true ? .passing : nil
        case .liveness: nil
        }
    }

    private var verdicts: ProbeVerdicts {
        var verdicts = ProbeVerdicts()
        for (key, state) in states {
            guard let instance = state.instance, let verdict = state.verdict else { continue }
            verdicts.note(verdict, key.kind, of: key.container, instance)
        }
        return verdicts
    }

    private func scene(of key: Key) -> ProbeScene? {
        guard let container = desired.pod.probed.first(where: { $0.name == key.container }),
            let probe = container.probes[key.kind]
        else { return nil }
        let instance = observed.containers[key.container]?.newest
        var scene = ProbeScene(
            probe, instance, isStarted: instance.map { verdicts.isStarted(container, $0) } ?? false,
            isTerminating: desired.isTermination)
        // Source: facts of kubelet, §4.1 ("Start jitter").
        if let instance, instance.startedAt.boot < began {
            let part = jitter[key] ?? .random(in: 0..<1)
            jitter[key] = part
            scene.notBefore = began.advanced(by: probe.period * part)
        }
        return scene
    }

    // MARK: Asking

    /// Asks until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await key in added { group.addTask { await self.run(key) } }
        }
    }

    private func run(_ key: Key) async {
        guard let bell = bells[key] else { return }
        while !Task.isCancelled {
            guard let scene = scene(of: key) else {
                await bell.wait(until: nil, on: clock)
                continue
            }
            var state = states[key] ?? ProbeState(key.kind)
            let turn = state.turn(scene, now: clock.now)
            if turn == .ask { state.ask(scene, now: clock.now) }
            states[key] = state
            switch turn {
            case .idle: await bell.wait(until: nil, on: clock)
            case .wait(let time): await bell.wait(until: time, on: clock)
            case .ask: await ask(key)
            }
        }
    }

    private func ask(_ key: Key) async {
        guard let question = question(key), let instance = states[key]?.instance else { return }
        let begin = clock.now
        do {
            let answer = try await answer(to: question)
            if Task.isCancelled { return }
            environment.meter.probed(question, key.kind, answer, begin.duration(to: clock.now))
            await take(answer, key, of: instance, took: begin.duration(to: clock.now))
        } catch {
            if Task.isCancelled || states[key]?.instance != instance { return }
            environment.meter.probed(question, key.kind, nil, begin.duration(to: clock.now))
            note(key, "error", "\(error)", took: begin.duration(to: clock.now), isCounted: false)
            await tell(.probe(key.kind, errored: error, of: key.container))
        }
    }

    private func take(_ answer: ProbeAnswer, _ key: Key, of instance: String, took: Duration) async {
        // The instance may have ended meanwhile, and another begun.
        guard let scene = scene(of: key), var state = states[key], state.instance == instance,
            scene.instance?.isRunning == true
        else { return }
        let isCounted = state.isCounted(answer.isGood, in: scene)
        let verdict = state.take(answer.isGood, in: scene)
        states[key] = state
        note(key, answer.outcome.rawValue, answer.output, took: took, isCounted: isCounted)
        if let verdict {
            Logger.current.debug(
                "Probe changed its verdict",
                metadata: [
                    "container": "\(key.container)", "probe": "\(key.kind)", "verdict": "\(verdict)",
                    "output": "\(answer.output)",
                ])
            // Being started lets the other probes begin.
            if key.kind == .startup {
                for (other, bell) in bells where other.container == key.container { bell.ring() }
            }
            changed()
        }
        if isCounted, let event = PodEvent.probe(key.kind, answer, of: key.container) { await tell(event) }
    }

    /// Source: facts of kubelet, §4.2, 10: what could not be asked is tried twice more at once.
    private func answer(to question: ProbeQuestion) async throws -> ProbeAnswer {
        for _ in 0..<2 {
            do { return try await environment.ask(question) } catch { try Task.checkCancellation() }
        }
        return try await environment.ask(question)
    }

    private func question(_ key: Key) -> ProbeQuestion? {
        let pod = desired.pod
        guard let container = pod.probed.first(where: { $0.name == key.container }),
            let probe = container.probes[key.kind]
        else { return nil }
        let address = pod.hostNetwork ? environment.hostIPs().first ?? "127.0.0.1" : observed.sandbox?.ips.first
        return ProbeQuestion(pod: pod, container: container, probe: probe, address: address)
    }

    private func note(_ key: Key, _ outcome: String, _ output: String, took: Duration, isCounted: Bool) {
        let note = ProbeNote(
            at: environment.wallClock(), took: took, outcome: outcome, output: String(output.prefix(1024)),
            isCounted: isCounted)
        notes[key] = (notes[key] ?? []).suffix(Self.remembered - 1) + [note]
    }

    private func tell(_ event: PodEvent) async { await environment.sink.note(event, of: desired.pod) }

    // MARK: Showing

    /// What each probe of the pod has found out.
    package func reports() -> [ProbeReport] {
        desired.pod.probed.flatMap { container in
            Pod.Container.Probe.Kind.allCases.compactMap { kind in
                container.probes[kind].map { report(Key(container: container.name, kind: kind), $0) }
            }
        }
    }

    private func report(_ key: Key, _ probe: Pod.Container.Probe) -> ProbeReport {
        let state = states[key]
        return ProbeReport(
            container: key.container, kind: key.kind, probe: probe, verdict: state?.verdict, lastIsGood: state?.last,
            inARow: state?.inARow ?? 0, notes: notes[key] ?? [])
    }

    /// Asks one probe out of turn: the answer is returned, and decides nothing.
    package func askNow(_ container: String, _ kind: Pod.Container.Probe.Kind) async -> (
        question: ProbeQuestion, note: ProbeNote
    )? {
        guard let question = question(Key(container: container, kind: kind)) else { return nil }
        let begin = clock.now
        var (outcome, output): (String, String)
        do {
            let answer = try await environment.ask(question)
            (outcome, output) = (answer.outcome.rawValue, answer.output)
        } catch {
            (outcome, output) = ("error", "\(error)")
        }
        let note = ProbeNote(
            at: environment.wallClock(), took: begin.duration(to: clock.now), outcome: outcome, output: output,
            isCounted: false)
        return (question, note)
    }
}
