/// Countable things that are neither memory nor time, e.g. encryption keys of virtual machines: `misc.*`, Linux 5.13.
package struct MiscUsage: Equatable, Sendable {
    /// By the kernel's name of the thing, e.g. `sev`.
    package var current: [String: UInt64] = [:]
    /// The most at once. Linux 6.11.
    package var peak: [String: UInt64] = [:]
    /// How often the limit refused one: `misc.events`, keys such as `sev.max`.
    package var events: [String: UInt64] = [:]

    package init() {}
}

extension CgroupSettings.Setting {
    /// The most of a countable thing. `nil` is no limit.
    package static func misc(_ name: String, limit: UInt64?) -> Self {
        Self(.misc, "misc.max", "\(name) \(limit.map { "\($0)" } ?? "max")")
    }
}

extension Cgroup {
    /// `nil` without the controller.
    package func miscUsage() throws -> MiscUsage? {
        guard let current = try read("misc.current", ifExists: true) else { return nil }
        var usage = MiscUsage()
        usage.current = try flatKeyed(current, file: "misc.current")
        usage.peak = try flatKeyed(read("misc.peak", ifExists: true) ?? "", file: "misc.peak")
        usage.events = try flatKeyed(read("misc.events", ifExists: true) ?? "", file: "misc.events")
        return usage
    }
}
