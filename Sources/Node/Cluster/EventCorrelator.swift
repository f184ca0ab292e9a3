import Kubernetes
import Pods

/// What is sent of all that happens: one of many alike is counted, not told again, and nobody floods the cluster.
///
/// A struct with its own small memory. Source: facts of kubelet, §10.7; client-go, `tools/record/events_cache.go`.
struct EventCorrelator {
    /// Who is told how often, and when last.
    struct Told: Equatable {
        /// The name of the event's object.
        var name: String
        var count: Int32
        var first: Time
        var last: Time
        var message: String
    }

    /// What becomes of an event.
    enum Verdict: Equatable {
        case create(Told)
        /// The same as one before: its count goes up.
        case update(Told)
        /// Its subject has had more than enough.
        case drop
    }

    fileprivate struct Subject: Hashable { let kind, namespace, name, uid: String }
    private struct Alike: Hashable {
        let subject: Subject
        let field, kind, reason: String
    }
    private struct Same: Hashable {
        let alike: Alike
        let message: String
    }
    private struct Group {
        var messages: Set<String> = []
        var last: Time
    }

    static let most = 4096
    private static let mostAlike = 10
    private static let window: Int64 = 600

    private var limits: [Subject: TokenBucket] = [:]
    private var groups: [Alike: Group] = [:]
    private var told: [Same: Told] = [:]

    /// - Parameter serial: makes the name of a new event's object unique.
    mutating func judge(_ event: ClusterEvent, serial: UInt64, at now: ContinuousClock.Instant) -> Verdict {
        forgetOldest()
        let subject = Subject(event.subject)
        let alike = Alike(
            subject: subject, field: event.subject.fieldPath ?? "", kind: event.kind.rawValue, reason: event.reason)
        var group = groups[alike] ?? Group(last: event.at)
        if event.at.seconds - group.last.seconds > Self.window { group.messages = [] }
        group.messages.insert(event.message)
        group.last = event.at
        groups[alike] = group
        let isCombined = group.messages.count > Self.mostAlike
        let message = isCombined ? "(combined from similar events): \(event.message)" : event.message
        guard limits[subject, default: TokenBucket(rate: 1 / 300, burst: 25)].take(at: now) else { return .drop }
        // Those that are combined are one, whatever the last of them says.
        let same = Same(alike: alike, message: isCombined ? "" : message)
        if var before = told[same] {
            (before.count, before.last, before.message) = (before.count + 1, event.at, message)
            told[same] = before
            return .update(before)
        }
        let name = "\(event.subject.name ?? "").\(String(serial, radix: 16))"
        let new = Told(name: name, count: 1, first: event.at, last: event.at, message: message)
        told[same] = new
        return .create(new)
    }

    /// The longest untouched go first, a quarter at a time.
    private mutating func forgetOldest() {
        if told.count >= Self.most {
            for (key, _) in told.sorted(by: { $0.value.last < $1.value.last }).prefix(Self.most / 4) { told[key] = nil }
        }
        if groups.count >= Self.most {
            for (key, _) in groups.sorted(by: { $0.value.last < $1.value.last }).prefix(Self.most / 4) {
                groups[key] = nil
            }
        }
        if limits.count >= Self.most { limits = [:] }
    }
}

extension EventCorrelator.Subject {
    init(_ reference: ObjectReference) {
        self.init(
            kind: reference.kind ?? "", namespace: reference.namespace ?? "", name: reference.name ?? "",
            uid: reference.uid ?? "")
    }
}
