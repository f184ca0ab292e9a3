import SystemPackage

/// What `/proc/<pid>/stat` says of a process, as far as it is needed to know it again.
///
/// - SeeAlso: `proc_pid_stat(5)`.
package struct ProcessStat: Equatable, Sendable {
    /// One letter: `R` running, `S` sleeping, `Z` ended and not yet waited for, …
    package var state: Character
    package var parent: Int32
    /// Field 22: when the process was started, in clock ticks since boot.
    package var startTime: UInt64

    package init(pid: Int32) throws {
        guard let text = try readFile(at: FilePath("/proc/\(pid)/stat")) else { throw Errno.noSuchProcess }
        try self.init(parsing: String(decoding: text, as: UTF8.self))
    }

    /// The second field is the program's name in parentheses and may hold anything, parentheses and blanks too:
    /// what follows its last one counts.
    package init(parsing text: String) throws(Malformed) {
        guard let name = text.lastIndex(of: ")") else { throw Malformed(text: text) }
        let fields = text[text.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let startTime = UInt64(fields[19])
        else { throw Malformed(text: text) }
        self.state = state
        self.parent = parent
        self.startTime = startTime
    }

    package struct Malformed: Error, CustomStringConvertible {
        let text: String
        package var description: String { "/proc/<pid>/stat: unexpected form \"\(text)\"" }
    }
}
