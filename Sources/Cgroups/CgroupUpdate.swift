import Linux

extension CgroupSettings {
    /// The same settings in an order in which a group that already has values takes each of them.
    ///
    /// - What rises comes before what falls, so that there is no moment with less than either the old or the new.
    /// - A burst is never above the quota: it falls before the quota does.
    /// - A weight is refused while `cpu.idle` is 1: that is lifted first. ``appendCPUWeight(_:idle:)`` sees to it.
    ///
    /// - Parameter current: what stands in a file.
    package func ordered(over current: (String) -> String?) -> CgroupSettings {
        func rank(_ setting: Setting) -> Int {
            switch setting.file {
            case "cpu.max.burst": falls(setting, current) ? 0 : 3
            case "cpu.max": 1
            case let file where Self.isAmount(file): falls(setting, current) ? 2 : 0
            default: 1
            }
        }
        var ordered = self
        ordered.settings = settings.enumerated()
            .sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
        return ordered
    }

    /// Files that hold one amount or `max`, where more means more freedom.
    static func isAmount(_ file: String) -> Bool {
        ["memory.max", "memory.high", "memory.swap.max", "pids.max"].contains(file)
            || file.hasPrefix("hugetlb.") && file.hasSuffix(".max")
    }

    private func falls(_ setting: Setting, _ current: (String) -> String?) -> Bool {
        guard let old = current(setting.file).flatMap({ try? Limit(parsing: $0, file: setting.file) }),
            let new = try? Limit(parsing: setting.value, file: setting.file)
        else { return false }
        return new < old
    }

    /// Refuses a limit of memory that is below what the group uses.
    ///
    /// Source: the OCI runtime specification, `checkBeforeUpdate`; the kernel itself would reclaim, then kill.
    func checkMemory(in group: Cgroup) throws {
        guard keepsMemoryInUse else { return }
        for (limit, usage) in [("memory.max", "memory.current"), ("memory.swap.max", "memory.swap.current")] {
            guard let value = self[limit], case .at(let new) = try Limit(parsing: value, file: limit),
                let used = try group.read(usage, ifExists: true).map({ try number($0, file: usage) }), used > new
            else { continue }
            throw LimitBelowUsage(file: limit, limit: new, usage: used, group: "\(group.path)")
        }
    }
}

/// A limit that would take from a group what it uses.
package struct LimitBelowUsage: Error, Equatable, CustomStringConvertible {
    package let file: String
    package let limit: UInt64
    package let usage: UInt64
    package let group: String

    package init(file: String, limit: UInt64, usage: UInt64, group: String) {
        self.file = file
        self.limit = limit
        self.usage = usage
        self.group = group
    }

    package var description: String {
        "\(file) = \(limit) in \(group): refused, \(usage) are in use, and processes would be killed"
    }
}

extension Cgroup {
    /// Gives a group that is in use other values: all of them, or, when one is refused, those it had before.
    package func update(_ settings: CgroupSettings) throws {
        try settings.checkMemory(in: self)
        let ordered = settings.ordered { file in try? read(file) }
        var undo: [CgroupSettings.Setting] = []
        do {
            for setting in ordered.settings {
                let old = try read(setting.file, ifExists: true).flatMap { setting.restoring($0) }
                if let unenforced = try apply(setting) { throw unenforced }
                if let old { undo.append(.init(setting.controller, setting.file, old)) }
            }
        } catch {
            // Best effort: the refusal is what the caller must know.
            for setting in undo.reversed() { _ = try? apply(setting) }
            throw error
        }
    }

    /// Gives a line of groups other values, the outermost first in the list: limits rise from the outside in and fall
    /// from the inside out, so that no group ever has less room than both its old and its new value allow.
    package static func update(_ line: [(group: Cgroup, settings: CgroupSettings)]) throws {
        for (group, settings) in line { try settings.checkMemory(in: group) }
        var lowering: [(Cgroup, CgroupSettings)] = []
        for (group, settings) in line {
            let (rising, falling) = settings.split { file in try? group.read(file) }
            try group.update(rising)
            lowering.append((group, falling))
        }
        for (group, settings) in lowering.reversed() { try group.update(settings) }
    }
}

extension CgroupSettings {
    /// What gives more room or as much, and what gives less, than what stands there.
    package func split(over current: (String) -> String?) -> (rising: CgroupSettings, falling: CgroupSettings) {
        (
            CgroupSettings(settings.filter { !Self.isAmount($0.file) || !falls($0, current) }),
            CgroupSettings(settings.filter { Self.isAmount($0.file) && falls($0, current) })
        )
    }
}

extension CgroupSettings.Setting {
    /// What to write to have the file's content back: all of it, or in a file of one line a device that device's line.
    func restoring(_ content: String) -> String? {
        let lines = content.split(whereSeparator: \.isNewline)
        let words = value.split(separator: " ")
        let isKeyed = words.count > 1 && file != "cpu.max"
        if isKeyed {
            if let line = lines.first(where: { $0.split(separator: " ").first == words[0] }) { return String(line) }
            // A device that had no line had no limits.
            let keys = words.dropFirst().compactMap { $0.split(separator: "=").first }
            guard words.dropFirst().allSatisfy({ $0.contains("=") }), keys.count == words.count - 1 else { return nil }
            return ([String(words[0])] + keys.map { "\($0)=max" }).joined(separator: " ")
        }
        return lines.count <= 1 ? String(lines.first ?? "") : nil
    }
}
