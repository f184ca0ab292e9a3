import FoundationEssentials
import Ledger
import Linux
import Pods
import SystemPackage

import struct Kubernetes.Pod
import struct Kubernetes.Time

extension Ledger.Kind {
    /// One entry for each pod that has anything on this machine.
    static let pods = Self("pods")
}

/// What is held for a pod, written down before the first of it is taken.
///
/// Enough to stop the pod and to give everything back without its manifest: that may be gone by then.
struct PodLedgerEntry: Codable, Equatable, Sendable {
    var version = 1
    var uid: String
    var name: String
    var namespace: String
    var source: String
    var gracePeriodSeconds: Double
    var usesHostNetwork: Bool
    var claim: PodClaim?
    /// The pod has ended, and all but records, logs and writable layers was given back; `nil`: not yet.
    var gaveBack: Bool?
    /// The sandbox that the network knows; `nil` on the host's network.
    var sandboxID: String?
    /// The sandbox that a runtime of another's makes; `nil`: the built-in one does.
    var madeElsewhere: OtherRuntime.Container?
    /// When the node took the pod on.
    var startedAt: Date?
    /// The same by the clock of a boot, and which that was: nobody sets it. `nil`: of an earlier agent's.
    var startedInstant: ContinuousClock.Instant?
    var startedBoot: String?
    /// What was admitted; only of a pod that has something to do at its end.
    var manifest: Kubernetes.Pod?

    init(_ pod: Pods.Pod, sandboxID: String?) {
        uid = pod.id.rawValue
        name = pod.name
        namespace = pod.namespace
        source = pod.source.rawValue
        gracePeriodSeconds = pod.terminationGracePeriod / .seconds(1)
        usesHostNetwork = pod.hostNetwork
        claim = PodClaim(pod)
        self.sandboxID = sandboxID
        manifest = pod.endsInOrder ? pod.manifest : nil
    }

    /// The node takes the pod on, unless it has done so before.
    mutating func start(after earlier: PodLedgerEntry?) {
        if let earlier, earlier.startedAt != nil {
            (startedAt, startedInstant) = (earlier.startedAt, earlier.startedInstant)
            startedBoot = earlier.startedBoot
        } else {
            (startedAt, startedInstant, startedBoot) = (Date(), .now, bootID)
        }
    }

    /// That moment on both clocks. Of another boot only the machine's clock can tell how long ago it was.
    func since(boot: String = bootID, wall: Date = Date(), now: ContinuousClock.Instant = .now) -> Observed.Moment? {
        guard let startedAt else { return nil }
        if startedBoot == boot, let startedInstant { return .init(wall: Time(date: startedAt), boot: startedInstant) }
        let age = max(0, wall.timeIntervalSince(startedAt))
        return .init(wall: Time(date: startedAt), boot: now.advanced(by: .seconds(-age)))
    }

    init?(of pod: Pods.Pod.ID, in ledger: Ledger) throws {
        guard let content = try ledger.content(.pods, key: pod.rawValue) else { return nil }
        self = try JSONDecoder().decode(Self.self, from: Data(content))
    }

    /// Not durably: a power cut ends all that the pod holds but its directories, which are found by themselves, and
    /// its leases, which have entries of their own.
    func record(in ledger: Ledger) throws {
        try ledger.record([UInt8](JSONEncoder().encode(self)), .pods, key: uid, durably: false)
    }

    static func erase(of pod: Pods.Pod.ID, in ledger: Ledger) throws { try ledger.erase(.pods, key: pod.rawValue) }

    /// The pod as far as it is known, or has to be, when its source no longer has it.
    var pod: Pods.Pod {
        let source = PodSource(rawValue: source) ?? .file
        if let manifest, manifest.metadata?.uid == uid { return Pods.Pod(admitted: manifest, source: source) }
        var pod = Pods.Pod(id: .init(uid), name: name, namespace: namespace, source: source)
        pod.terminationGracePeriod = .seconds(gracePeriodSeconds)
        pod.hostNetwork = usesHostNetwork
        return pod
    }
}

extension Pods.Pod {
    /// Its containers have hooks to run before they end, or leave one after the other.
    fileprivate var endsInOrder: Bool {
        allContainers.contains { $0.lifecycle.preStop != nil || $0.role == .sidecar }
    }
}
