import Cgroups
import Linux

/// `kill`: a signal for the first process, or for all of the container.
enum Kill {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.flag("all", "a"), .flag("regex", "r")])
        let signal = try Signals.number(arguments.operands.count > 1 ? arguments.operands[1] : "TERM")
        if arguments.has("regex") {
            guard let pattern = arguments.operands.first else { throw Failure("the pattern is missing") }
            for id in try ListContainers.ids(runtime, matching: pattern) {
                try kill(try Container(runtime, id), signal, all: arguments.has("all"))
            }
        } else {
            try kill(try Container(runtime, try arguments.container()), signal, all: arguments.has("all"))
        }
        return 0
    }

    private static func kill(_ container: Container, _ signal: Int32, all: Bool) throws {
        let id = container.record.id
        if all, let group = container.cgroup, try group.exists {
            if signal == Signals.kill, try group.kill() { return }
            return try group.send(signal)
        }
        // Source: runtime-spec, runtime.md, "Kill": neither created nor running is an error.
        guard try container.status != .stopped, let process = try container.process() else {
            throw Failure("cannot kill container \(id): container not running")
        }
        try process.send(signal)
    }
}
