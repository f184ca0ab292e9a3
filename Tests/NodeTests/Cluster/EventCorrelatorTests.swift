import Kubernetes
import Pods
import Testing

@testable import Node

@Suite("Events that are told")
struct EventCorrelatorTests {
    private func event(_ message: String, at seconds: Int64 = 0, pod: String = "a") -> ClusterEvent {
        ClusterEvent(
            PodEvent(.warning, "BackOff", message), of: .init(id: .init("u-\(pod)"), name: pod), uid: "u-\(pod)",
            at: Time(seconds: seconds))
    }

    @Test("alike are counted in one object")
    func areCounted() {
        var correlator = EventCorrelator()
        let now = ContinuousClock.now
        let verdict = correlator.judge(event("m"), serial: 255, at: now)
        guard case .create(let first) = verdict else {
            Issue.record("the first is new")
            return
        }
        #expect(first.name == "a.ff")
        var second = first
        (second.count, second.last) = (2, Time(seconds: 5))
        let next = correlator.judge(event("m", at: 5), serial: 256, at: now)
        #expect(next == .update(second))
    }

    @Test("that differ in words alone are combined after ten")
    func areCombined() {
        var correlator = EventCorrelator()
        let now = ContinuousClock.now
        for number in 0..<10 { _ = correlator.judge(event("m\(number)"), serial: UInt64(number), at: now) }
        guard case .create(let eleventh) = correlator.judge(event("m10"), serial: 10, at: now) else {
            Issue.record("the combined one is new")
            return
        }
        #expect(eleventh.message == "(combined from similar events): m10")
        guard case .update(let twelfth) = correlator.judge(event("m11"), serial: 11, at: now) else {
            Issue.record("from then on it is counted")
            return
        }
        #expect(twelfth.count == 2)
        #expect(twelfth.message == "(combined from similar events): m11")
    }

    @Test("are at most twenty-five of one pod, and one each five minutes after that")
    func areLimited() {
        var correlator = EventCorrelator()
        let now = ContinuousClock.now
        let verdicts = (0..<26).map { correlator.judge(event("m"), serial: $0, at: now) }
        let others = [
            correlator.judge(event("m", pod: "b"), serial: 26, at: now),
            correlator.judge(event("m"), serial: 27, at: now + .seconds(301)),
        ]
        #expect(verdicts.map { $0 == .drop } == Array(repeating: false, count: 25) + [true])
        #expect(!others.contains(.drop))
    }

    @Test("name the container by its list")
    func nameContainers() {
        var pod = Pods.Pod(id: .init("u"), name: "a", containers: [.init(name: "c", image: "i")])
        pod.initContainers = [.init(name: "i", image: "i")]
        let places = ["c", "i"].map { name in
            ClusterEvent(PodEvent(.normal, "R", "m", container: name), of: pod, uid: "u", at: .now).subject.fieldPath
        }
        #expect(places == ["spec.containers{c}", "spec.initContainers{i}"])
    }
}

@Suite("Mirrors of static pods")
struct MirrorPlanTests {
    private func mirror(_ name: String, of uid: String, isBeingDeleted: Bool = false) -> ServerPod {
        var object = Kubernetes.Pod()
        var metadata = ObjectMeta()
        (metadata.name, metadata.namespace, metadata.uid) = (name, "default", "server-\(name)")
        metadata.annotations = ["kubernetes.io/config.mirror": uid]
        if isBeingDeleted { metadata.deletionTimestamp = .now }
        object.metadata = metadata
        return ServerPod(object)
    }

    private let pod = Pods.Pod(id: .init("u"), name: "web")

    @Test("are made where there is none")
    func areMade() {
        let plan = MirrorPlan(pods: [pod], mirrors: [], removesOrphans: true)
        #expect((plan.creations, plan.deletions.count) == ([pod], 0))
    }

    @Test("that fit stay")
    func stay() {
        #expect(MirrorPlan(pods: [pod], mirrors: [mirror("web", of: "u")], removesOrphans: true).isEmpty)
    }

    @Test("of an older version, or being deleted, are made anew", arguments: [("old", false), ("u", true)])
    func areMadeAnew(uid: String, isBeingDeleted: Bool) {
        let old = mirror("web", of: uid, isBeingDeleted: isBeingDeleted)
        let plan = MirrorPlan(pods: [pod], mirrors: [old], removesOrphans: true)
        #expect((plan.creations, plan.deletions) == ([pod], [old]))
    }

    @Test("of nothing go once every source has spoken")
    func go() {
        let orphan = mirror("gone", of: "x")
        #expect(MirrorPlan(pods: [], mirrors: [orphan], removesOrphans: true).deletions == [orphan])
        #expect(MirrorPlan(pods: [], mirrors: [orphan], removesOrphans: false).isEmpty)
    }
}
