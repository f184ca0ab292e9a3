import Cgroups
import Linux

/// `pause`: no process of the container goes on.
enum Pause {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        try setFrozen(true, runtime, words, allowed: [.created, .running])
    }

    static func setFrozen(
        _ frozen: Bool, _ runtime: Runtime, _ words: [String], allowed: [ContainerStatus]
    ) throws -> Int32 {
        let container = try Container(runtime, try Arguments(words, []).container())
        let lock = try container.lock()
        let status = try container.status
        guard allowed.contains(status) else {
            throw Failure(
                "cannot \(frozen ? "pause" : "resume") container \(container.record.id): it is \(status.rawValue)")
        }
        guard let group = container.cgroup else {
            throw Failure("container \(container.record.id) has no cgroup to freeze")
        }
        try group.freezeAndWait(frozen)
        _ = consume lock
        return 0
    }
}

/// `resume`: they go on.
enum Resume {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        try Pause.setFrozen(false, runtime, words, allowed: [.paused])
    }
}
