/// How often a cgroup ran into its memory limits since it was made.
///
/// Source: the file `memory.events`. All counts are cumulative and include the groups below.
package struct MemoryEvents: Equatable, Sendable {
    /// Times usage reached `memory.high` and the group was throttled.
    package var high: UInt64 = 0
    /// Times usage was about to go over `memory.max`.
    package var max: UInt64 = 0
    /// Times the limit was reached and an allocation was about to fail.
    package var outOfMemory: UInt64 = 0
    /// Processes of the group killed by any out-of-memory killer.
    package var killed: UInt64 = 0
    /// Times the whole group was killed, with `memory.oom.group`.
    package var groupKilled: UInt64 = 0
    /// Times memory below `memory.low` was taken all the same.
    package var low: UInt64 = 0

    package init() {}

    /// Unknown keys are skipped.
    package init(parsing text: some StringProtocol) throws(ParseError) {
        let values = try flatKeyed(text, file: "memory.events")
        low = values["low"] ?? 0
        high = values["high"] ?? 0
        max = values["max"] ?? 0
        outOfMemory = values["oom"] ?? 0
        killed = values["oom_kill"] ?? 0
        groupKilled = values["oom_group_kill"] ?? 0
    }
}

/// What a group's memory is used for, in bytes: `memory.stat`.
package struct MemoryStatistics: Equatable, Sendable {
    package var anonymous: UInt64 = 0
    package var file: UInt64 = 0
    package var kernel: UInt64 = 0
    package var inactiveFile: UInt64 = 0
    package var pageFaults: UInt64 = 0
    package var majorPageFaults: UInt64 = 0
    /// All that the kernel tells, by its own names.
    package var all: [String: UInt64] = [:]

    package init() {}

    package init(parsing text: some StringProtocol) throws(ParseError) {
        let values = try flatKeyed(text, file: "memory.stat")
        anonymous = values["anon"] ?? 0
        file = values["file"] ?? 0
        kernel = values["kernel"] ?? 0
        inactiveFile = values["inactive_file"] ?? 0
        pageFaults = values["pgfault"] ?? 0
        majorPageFaults = values["pgmajfault"] ?? 0
        all = values
    }

    /// What cannot be given up at once: usage without the part of the page cache that nobody has used lately.
    ///
    /// Source: cAdvisor's `container_memory_working_set_bytes`.
    package func workingSet(usage: UInt64) -> UInt64 { usage > inactiveFile ? usage - inactiveFile : 0 }
}

/// A group's memory as it is now, in bytes.
package struct MemoryUsage: Equatable, Sendable {
    package var current: UInt64
    package var limit: Limit
    package var statistics: MemoryStatistics
    /// The most at once. Linux 5.19.
    package var peak: UInt64?
    /// `nil` on a kernel that does not count swap.
    package var swap: UInt64?
    package var swapLimit: Limit?
    package var swapPeak: UInt64?
    /// Times the limit of swap was reached, and an allocation failed for it.
    package var swapRefused: UInt64 = 0

    package init(current: UInt64, limit: Limit, statistics: MemoryStatistics) {
        self.current = current
        self.limit = limit
        self.statistics = statistics
    }

    package var workingSet: UInt64 { statistics.workingSet(usage: current) }
}

extension Cgroup {
    /// `nil` without the controller.
    package func memoryEvents() throws -> MemoryEvents? {
        try read("memory.events", ifExists: true).map { try MemoryEvents(parsing: $0) }
    }

    /// What happened in the group itself, not in those below it; `nil` without the controller. Linux 5.2.
    package func localMemoryEvents() throws -> MemoryEvents? {
        try read("memory.events.local", ifExists: true).map { try MemoryEvents(parsing: $0) }
    }

    /// `nil` without the controller.
    package func memoryUsage() throws -> MemoryUsage? {
        guard let current = try read("memory.current", ifExists: true) else { return nil }
        // The root of the tree has no limits.
        var usage = MemoryUsage(
            current: try number(current, file: "memory.current"), limit: try limit("memory.max") ?? .unlimited,
            statistics: try MemoryStatistics(parsing: read("memory.stat")))
        usage.peak = try amount("memory.peak")
        usage.swap = try amount("memory.swap.current")
        usage.swapLimit = try limit("memory.swap.max")
        usage.swapPeak = try amount("memory.swap.peak")
        let events = try read("memory.swap.events", ifExists: true) ?? ""
        usage.swapRefused = try flatKeyed(events, file: "memory.swap.events")["fail"] ?? 0
        return usage
    }

    /// Gives back page cache and what else can be had without harm, as far as the kernel finds some.
    ///
    /// Source: `memory.reclaim`, Linux 5.19.
    package func reclaim(bytes: UInt64) throws { try write("\(bytes)", to: "memory.reclaim") }

    /// A file of one number; `nil` where it is not.
    func amount(_ file: String) throws -> UInt64? {
        try read(file, ifExists: true).map { try number($0, file: file) }
    }

    /// A file of one number or `max`; `nil` where it is not.
    func limit(_ file: String) throws -> Limit? {
        try read(file, ifExists: true).map { try Limit(parsing: $0, file: file) }
    }
}
