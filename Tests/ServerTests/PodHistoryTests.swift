import Kubernetes
import Testing

@testable import Server

@Suite struct `A pod's history` {
    private func status(_ state: ContainerState, last: ContainerState? = nil) -> PodStatus {
        var container = ContainerStatus()
        (container.name, container.state, container.lastState) = ("app", state, last)
        var status = PodStatus()
        status.containerStatuses = [container]
        return status
    }

    @Test func `tells each change once and counts what comes again`() {
        var history = PodHistory()
        let crashed = ContainerState.ended(1, reason: "Error")
        for round in 0..<3 {
            let time = Time(seconds: Int64(round) * 10)
            history.take(status(.isRunning), at: time)
            history.take(status(.isRunning), at: time)
            history.take(status(crashed), at: time)
            history.take(status(.waiting("CrashLoopBackOff"), last: crashed), at: time)
        }
        #expect(history.events.map(\.reason) == ["Started", "Error", "BackOff"])
        #expect(history.events.map(\.count) == [3, 3, 3])
        #expect(history.events[1].message == "Container app ended with code 1")
        #expect(history.events[2].lastSeen == Time(seconds: 20) && history.events[2].firstSeen == Time(seconds: 0))
    }

    @Test func `does not miss an end between two looks, and forgets the oldest`() {
        var history = PodHistory()
        history.take(status(.isRunning), at: Time(seconds: 1))
        var again = ContainerState.isRunning
        again.running?.startedAt = Time(seconds: 5)
        history.take(status(again, last: .ended(137, reason: "OOMKilled", signal: 9)), at: Time(seconds: 5))
        #expect(history.events.map(\.reason) == ["OOMKilled", "Started"])
        #expect(history.events[0].message == "Container app ended by signal 9")
        for number in 0..<100 { history.note("Normal", "N", "\(number)", at: Time(seconds: 9)) }
        #expect(history.events.count == PodHistory.limit && history.events.last?.message == "99")
    }
}
