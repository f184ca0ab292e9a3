import FoundationEssentials
import Kubernetes
import Testing

@testable import Server

@Suite struct `A pod's history` {
    private func status(_ state: ContainerState, last: ContainerState? = nil) -> PodStatus {
        var container = ContainerStatus()
        (container.name, container.image, container.state, container.lastState) = ("app", "web:1", state, last)
        var status = PodStatus()
        status.containerStatuses = [container]
        return status
    }

    private func crash(_ id: Int, code: Int32 = 1, reason: String = "Error", signal: Int32? = nil) -> ContainerState {
        var state = ContainerState.ended(code, reason: reason, signal: signal)
        state.terminated?.containerID = "swiftlet://\(id)"
        return state
    }

    private func taking(_ statuses: [PodStatus], in history: PodHistory = PodHistory()) -> PodHistory {
        var history = history
        for (second, status) in statuses.enumerated() {
            history.take(status, of: "web_default", at: Time(seconds: Int64(second)))
        }
        return history
    }

    @Test func `tells each end once, each back-off once, and counts what comes again`() {
        let rounds = (0..<3).flatMap { round in
            let back = status(.waiting("CrashLoopBackOff"), last: crash(round))
            return [status(.isRunning), status(crash(round)), back, back]
        }
        let events = taking(rounds).events
        #expect(events.map(\.reason) == ["Error", "BackOff"])
        #expect(events.map(\.count) == [3, 3])
        #expect(events[0].message == "Container app ended with code 1" && events[0].container == "app")
        #expect(events[1].message == "Back-off restarting failed container app in pod web_default")
        #expect(events[1].firstSeen == Time(seconds: 2) && events[1].lastSeen == Time(seconds: 10))
    }

    @Test func `does not miss an end between two looks, nor tell one twice that two places show`() {
        let killed = crash(1, code: 137, reason: "OOMKilled", signal: 9)
        let both = status(crash(2), last: killed)
        let events = taking([status(.isRunning), status(.isRunning, last: killed), both, both]).events
        #expect(events.map(\.message) == ["Container app ended by signal 9", "Container app ended with code 1"])
        #expect(events.map(\.count) == [1, 1])
    }

    @Test func `tells the wait for an image, and why the pod failed`() {
        var failed = status(.waiting("ImagePullBackOff"))
        (failed.reason, failed.message) = ("Evicted", "The node was low on memory")
        let events = taking([status(.waiting("ErrImagePull")), status(.waiting("ImagePullBackOff")), failed]).events
        #expect(
            events.map(\.message) == [
                "Back-off pulling image \"web:1\"", "Error: ImagePullBackOff", "The node was low on memory",
            ])
        #expect(events.map(\.type) == ["Normal", "Warning", "Warning"])
    }

    @Test func `goes on where it was written down`() throws {
        let history = taking([status(crash(1)), status(.waiting("CrashLoopBackOff"), last: crash(1))])
        let read = try JSONDecoder().decode(PodHistory.self, from: JSONEncoder().encode(history))
        #expect(read == history)
        #expect(taking([status(.waiting("CrashLoopBackOff"), last: crash(1))], in: read) == history)
    }

    @Test func `forgets the oldest`() {
        var history = PodHistory()
        for number in 0..<100 { history.note("Normal", "N", "\(number)", at: Time(seconds: 9)) }
        #expect(history.events.count == PodHistory.limit && history.events.last?.message == "99")
    }
}
