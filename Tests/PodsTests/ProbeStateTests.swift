import Kubernetes
import Testing

@testable import Pods

@Suite struct `A probe's state` {
    typealias Probe = Pod.Container.Probe
    static let now = TestClock().moment

    static func instance(_ id: String = "i", began seconds: Int = 0) -> Observed.Instance {
        .init(id: id, startedAt: .init(wall: now.wall, boot: at(seconds)), image: "x")
    }
    static func at(_ seconds: Double) -> Instant { now.boot.advanced(by: .seconds(seconds)) }
    static func at(_ seconds: Int) -> Instant { at(Double(seconds)) }

    static func probe(delay: Int = 0, period: Int = 10, successes: Int = 1, failures: Int = 3) -> Probe {
        var probe = Probe(.exec(["true"]))
        probe.initialDelay = .seconds(delay)
        probe.period = .seconds(period)
        probe.successThreshold = successes
        probe.failureThreshold = failures
        return probe
    }
    static func scene(_ kind: Probe.Kind, _ probe: Probe, _ instance: Observed.Instance? = instance()) -> ProbeScene {
        ProbeScene(probe, instance, isStarted: kind != .startup)
    }

    /// All times at which a failing container is asked in its first minute.
    static func times(_ kind: Probe.Kind, _ probe: Probe) -> [Int] {
        var (state, times) = (ProbeState(kind), [Int]())
        state.follow(instance())
        var now = at(0)
        while now <= at(45) {
            switch state.turn(scene(kind, probe), now: now) {
            case .wait(let time): now = time
            case .idle: return times
            case .ask:
                times.append(Int(at(0).duration(to: now) / .seconds(1)))
                state.ask(scene(kind, probe), now: now)
            }
        }
        return times
    }

    @Test(
        arguments: [
            (.liveness, probe(), [10, 20, 30, 40]), (.liveness, probe(delay: 15), [15, 25, 35, 45]),
            (.readiness, probe(), [0, 1, 2, 4, 8, 10, 20, 30, 40]), (.readiness, probe(delay: 12), [12, 22, 32, 42]),
            (.startup, probe(delay: 5), [5, 6, 7, 9, 10, 20, 30, 40]),
            (.startup, probe(period: 20), [0, 1, 2, 4, 8, 16, 20, 40]),
        ] as [(Probe.Kind, Probe, [Int])])
    func `asks at once and ever more seldom in the first period, then once a period`(
        kind: Probe.Kind, probe: Probe, times: [Int]
    ) {
        #expect(Self.times(kind, probe) == times)
    }

    @Test(
        arguments: [
            (.readiness, probe(), "++-+--", ["passing", "", "", "", "", ""]),
            (.readiness, probe(), "+---+", ["passing", "", "", "failing", "passing"]),
            (.readiness, probe(successes: 2), "+-++", ["", "", "", "passing"]),
            (.readiness, probe(failures: 1), "-+-", ["failing", "passing", "failing"]),
            (.liveness, probe(), "--+---+", ["", "", "passing", "", "", "failing", ""]),
            (.startup, probe(), "--+---", ["", "", "passing", "", "", ""]),
            (.startup, probe(), "---+", ["", "", "failing", ""]),
        ] as [(Probe.Kind, Probe, String, [String])])
    func `changes its verdict when enough answers in a row agree`(
        kind: Probe.Kind, probe: Probe, answers: String, verdicts: [String]
    ) {
        var (state, scene) = (ProbeState(kind), Self.scene(kind, probe))
        state.follow(Self.instance())
        var now = Self.at(0)
        let found = answers.map { answer in
            now = now.advanced(by: probe.period)
            state.ask(scene, now: now)
            return state.take(answer == "+", in: scene)?.rawValue ?? ""
        }
        scene.isTerminating = false
        #expect(found == verdicts)
    }

    @Test func `does not count a no of the first period`() {
        var state = ProbeState(.startup)
        state.follow(Self.instance())
        let scene = Self.scene(.startup, Self.probe(failures: 1))
        state.ask(scene, now: Self.at(0))
        #expect(state.take(false, in: scene) == nil)
        #expect(!state.isCounted(false, in: scene) && state.isCounted(true, in: scene))
        state.ask(scene, now: Self.at(10))
        state.ask(scene, now: Self.at(11))
        #expect(state.take(false, in: scene) == .failing)
    }

    @Test func `rests while there is nothing to ask`() {
        let probe = Self.probe()
        for kind in Probe.Kind.allCases {
            var state = ProbeState(kind)
            #expect(state.turn(Self.scene(kind, probe, nil), now: Self.at(60)) == .idle)
            state.follow(Self.instance())
            #expect(state.turn(Self.scene(kind, probe), now: Self.at(60)) == .ask)
            var gated = Self.scene(kind, probe)
            gated.isStarted.toggle()
            #expect(state.turn(gated, now: Self.at(60)) == .idle, "startup comes first, and only once")
            var ended = Self.instance()
            ended.state = .exited(.init(code: 0, finishedAt: Self.now))
            #expect(state.turn(Self.scene(kind, probe, ended), now: Self.at(60)) == .idle)
            var ending = Self.scene(kind, probe)
            ending.isTerminating = true
            #expect(state.turn(ending, now: Self.at(60)) == (kind == .readiness ? .ask : .idle))
        }
    }

    @Test func `starts anew with each instance, or where an agent before it was`() {
        var state = ProbeState(.liveness)
        state.follow(Self.instance())
        let scene = Self.scene(.liveness, Self.probe(failures: 1))
        state.ask(scene, now: Self.at(10))
        #expect(state.take(false, in: scene) == .failing)
        #expect(state.turn(scene, now: Self.at(100)) == .idle)
        state.follow(Self.instance())
        #expect(state.verdict == .failing)
        state.follow(Self.instance("next", began: 20))
        #expect(state.verdict == nil)
        var startup = ProbeState(.startup)
        startup.follow(Self.instance(), earlier: .passing)
        #expect(startup.verdict == .passing && startup.isSettled)
    }

    @Test func `is not asked by all at once when an agent starts`() {
        var state = ProbeState(.liveness)
        state.follow(Self.instance(began: -1000))
        var scene = Self.scene(.liveness, Self.probe(), Self.instance(began: -1000))
        scene.notBefore = Self.at(7)
        #expect(state.turn(scene, now: Self.at(0)) == .wait(until: Self.at(7)))
        state.ask(scene, now: Self.at(7))
        #expect(state.turn(scene, now: Self.at(8)) == .wait(until: Self.at(17)))
    }
}
