import Cgroups
import Init
import JSONText
import Linux

/// `ps`: the container's processes, as JSON or by the system's `ps`.
enum ListProcesses {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.value("format", "f")], stopsAtOperand: false)
        let container = try Container(runtime, try arguments.container())
        guard let group = container.cgroup else { throw Failure("container \(container.record.id) has no cgroup") }
        let pids = try group.allProcesses().sorted()
        if arguments["format"] == "json" {
            Report.print(String(decoding: JSON.array(pids.map { .number("\($0)") }).encoded, as: UTF8.self) + "\n")
        } else {
            Report.print("PID\n" + pids.map { "\($0)\n" }.joined())
        }
        return 0
    }
}
