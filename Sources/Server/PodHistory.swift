package import Kubernetes

/// What happened to a pod lately: what it is told of, and what it finds by comparing statuses. A value: whoever sees
/// a pod's statuses keeps one.
package struct PodHistory: Codable, Equatable, Sendable {
    /// More than these are forgotten, the oldest first.
    package static let limit = 50

    package private(set) var events: [EventView] = []
    private var podReason: String?
    /// Instances whose end has been noted, by container.
    private var ends: [String: [String]] = [:]
    /// What each container waited for when it was last looked at.
    private var waits: [String: String] = [:]

    package init() {}

    /// Takes the newest status and notes what is new in it.
    package mutating func take(_ status: PodStatus, of pod: String, at time: Time) {
        if let reason = status.reason, reason != podReason {
            note("Warning", reason, status.message ?? "", at: time)
        }
        podReason = status.reason
        for container in (status.initContainerStatuses ?? []) + (status.containerStatuses ?? []) {
            // An end may never be seen as the state, because the next instance came at once.
            for ended in [container.lastState?.terminated, container.state?.terminated] {
                if let ended { take(ended, of: container.name ?? "", at: time) }
            }
            take(container.state?.waiting, of: container, pod, at: time)
        }
    }

    /// Notes something. The same again is counted and comes last.
    package mutating func note(
        _ type: String, _ reason: String, _ message: String, container: String? = nil, at time: Time
    ) {
        var event = EventView(type: type, reason: reason, message: message, container: container, at: time)
        if let index = events.lastIndex(where: { $0.isSame(as: event) }) {
            let earlier = events.remove(at: index)
            event.count = earlier.count + 1
            event.firstSeen = earlier.firstSeen
        }
        events.append(event)
        if events.count > Self.limit { events.removeFirst(events.count - Self.limit) }
    }

    private mutating func take(
        _ waiting: ContainerStateWaiting?, of container: ContainerStatus, _ pod: String, at time: Time
    ) {
        let name = container.name ?? ""
        // Each instance that ended has a back-off of its own.
        let wait = waiting?.reason.map { "\($0) \(container.lastState?.terminated?.containerID ?? "")" }
        guard waits[name] != wait else { return }
        waits[name] = wait
        switch waiting?.reason {
        case "CrashLoopBackOff":
            note(
                "Warning", "BackOff", "Back-off restarting failed container \(name) in pod \(pod)", container: name,
                at: time)
        case "ImagePullBackOff":
            note("Normal", "BackOff", "Back-off pulling image \"\(container.image ?? "")\"", container: name, at: time)
            note("Warning", "Failed", "Error: ImagePullBackOff", container: name, at: time)
        default: break
        }
    }

    /// The kubelet tells no end; people ask for it first.
    private mutating func take(_ ended: ContainerStateTerminated, of name: String, at time: Time) {
        let instance = ended.containerID ?? ended.finishedAt.map { "\($0)" } ?? ""
        guard ends[name]?.contains(instance) != true else { return }
        // A status has the newest and the one before.
        ends[name] = (ends[name] ?? []).suffix(3) + [instance]
        let isClean = ended.exitCode == 0
        let how = ended.signal.flatMap { $0 == 0 ? nil : "by signal \($0)" } ?? "with code \(ended.exitCode ?? 0)"
        note(
            isClean ? "Normal" : "Warning", isClean ? "Completed" : ended.reason ?? "Error",
            "Container \(name) ended \(how)", container: name, at: ended.finishedAt ?? time)
    }
}

extension EventView {
    fileprivate func isSame(as other: EventView) -> Bool {
        type == other.type && reason == other.reason && message == other.message && container == other.container
    }
}
