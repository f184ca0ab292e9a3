import JSONText

/// `state`: the specification's answer, and what runc adds to it.
enum ShowState {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let container = try Container(runtime, try Arguments(words, []).container())
        let status = try container.status
        var state = container.state(status).object ?? .init()
        if status == .stopped { state["pid"] = 0 }
        state["rootfs"] = .string(container.record.rootfs)
        state["created"] = .string(container.record.created)
        state["owner"] = ""
        Report.print(JSON.object(state).indented + "\n")
        return 0
    }
}
