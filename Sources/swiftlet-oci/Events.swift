import Cgroups
import JSONText
import Linux

/// `events`: what the container uses, once or again and again.
enum Events {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.flag("stats"), .value("interval")])
        let container = try Container(runtime, try arguments.container())
        guard let group = container.cgroup else { throw Failure("container \(container.record.id) has no cgroup") }
        let seconds = Double((arguments["interval"] ?? "5s").filter { $0.isNumber || $0 == "." }) ?? 5
        repeat {
            guard try container.status != .stopped else { break }
            let event: JSON = [
                "type": "stats", "id": .string(container.record.id), "data": try statistics(of: group),
            ]
            Report.print(String(decoding: event.encoded, as: UTF8.self) + "\n")
            if !arguments.has("stats") { pause(milliseconds: UInt32(max(0.01, seconds) * 1000)) }
        } while !arguments.has("stats")
        return 0
    }

    /// Source: runc, `types/events.go`.
    private static func statistics(of group: Cgroup) throws -> JSON {
        let cpu = try group.cpuStatistics()
        var data = JSON.Object([
            (
                "cpu",
                [
                    "usage": [
                        "total": .number("\(cpu.usage * 1000)"), "user": .number("\(cpu.user * 1000)"),
                        "kernel": .number("\(cpu.system * 1000)"),
                    ],
                    "throttling": [
                        "periods": .number("\(cpu.periods)"), "throttledPeriods": .number("\(cpu.throttledPeriods)"),
                        "throttledTime": .number("\(cpu.throttled * 1000)"),
                    ],
                ]
            )
        ])
        if let memory = try group.memoryUsage() {
            let limit: UInt64 = if case .at(let bytes) = memory.limit { bytes } else { .max }
            data["memory"] = [
                "usage": ["usage": .number("\(memory.current)"), "limit": .number("\(limit)")],
                "raw": [
                    "anon": .number("\(memory.statistics.anonymous)"), "file": .number("\(memory.statistics.file)"),
                    "kernel": .number("\(memory.statistics.kernel)"),
                ],
            ]
        }
        if let pids = try group.pidsUsage() {
            let limit: UInt64 = if case .at(let count) = pids.limit { count } else { 0 }
            data["pids"] = ["current": .number("\(pids.current)"), "limit": .number("\(limit)")]
        }
        return .object(data)
    }
}
