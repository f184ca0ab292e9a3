/// Tasks of a group: how many, and how many it may have.
package struct PIDsUsage: Equatable, Sendable {
    package var current: UInt64
    package var limit: Limit
    /// Forks refused because of the limit: `max` of `pids.events`.
    package var refused: UInt64

    /// The most at once. Linux 6.1.
    package var peak: UInt64?

    package init(current: UInt64, limit: Limit, refused: UInt64, peak: UInt64? = nil) {
        self.current = current
        self.limit = limit
        self.refused = refused
        self.peak = peak
    }
}

extension Cgroup {
    /// `nil` without the controller.
    package func pidsUsage() throws -> PIDsUsage? {
        guard let current = try read("pids.current", ifExists: true) else { return nil }
        let events = try read("pids.events", ifExists: true) ?? ""
        return PIDsUsage(
            current: try number(current, file: "pids.current"),
            limit: try limit("pids.max") ?? .unlimited,
            refused: try flatKeyed(events, file: "pids.events")["max"] ?? 0, peak: try amount("pids.peak"))
    }
}
