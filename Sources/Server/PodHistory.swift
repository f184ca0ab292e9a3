package import Kubernetes

/// What happened to a pod lately, found by comparing its statuses. A value: whoever sees statuses keeps one a pod.
package struct PodHistory: Equatable, Sendable {
    /// More than these are forgotten, the oldest first.
    package static let limit = 50

    package private(set) var events: [EventView] = []
    private var last = PodStatus()

    package init() {}

    /// Takes the newest status and notes what is new in it.
    package mutating func take(_ status: PodStatus, at time: Time) {
        if let reason = status.reason, reason != last.reason {
            note("Warning", reason, status.message ?? "", at: time)
        }
        let pairs = [
            (status.initContainerStatuses, last.initContainerStatuses),
            (status.containerStatuses, last.containerStatuses),
        ]
        for (new, old) in pairs {
            for container in new ?? [] {
                take(container, before: old?.first { $0.name == container.name }, at: time)
            }
        }
        last = status
    }

    /// Notes something; the same twice in a row is counted.
    package mutating func note(_ type: String, _ reason: String, _ message: String, at time: Time) {
        if let index = events.lastIndex(where: { $0.reason == reason && $0.message == message && $0.type == type }) {
            var event = events.remove(at: index)
            event.count += 1
            event.lastSeen = time
            events.append(event)
        } else {
            events.append(EventView(type: type, reason: reason, message: message, at: time))
        }
        if events.count > Self.limit { events.removeFirst(events.count - Self.limit) }
    }

    private mutating func take(_ new: ContainerStatus, before old: ContainerStatus?, at time: Time) {
        let name = new.name ?? ""
        // An end that was never seen as the state, because the next instance came at once.
        if let ended = new.lastState?.terminated, ended != old?.lastState?.terminated, ended != old?.state?.terminated {
            note(ended, of: name, at: time)
        }
        guard new.state != old?.state else { return }
        if let running = new.state?.running {
            note("Normal", "Started", "Started container \(name)", at: running.startedAt ?? time)
        } else if let ended = new.state?.terminated {
            note(ended, of: name, at: time)
        } else if let waiting = new.state?.waiting, let reason = waiting.reason {
            guard reason != "ContainerCreating" && reason != "PodInitializing" else { return }
            let type = reason.hasSuffix("BackOff") ? "BackOff" : "Failed"
            note("Warning", type, "\(name): \(reason)\(waiting.message.map { ": \($0)" } ?? "")", at: time)
        }
    }

    private mutating func note(_ ended: ContainerStateTerminated, of name: String, at time: Time) {
        let isClean = ended.exitCode == 0
        let how = ended.signal.flatMap { $0 == 0 ? nil : "by signal \($0)" } ?? "with code \(ended.exitCode ?? 0)"
        note(
            isClean ? "Normal" : "Warning", isClean ? "Completed" : ended.reason ?? "Error",
            "Container \(name) ended \(how)", at: ended.finishedAt ?? time)
    }
}
