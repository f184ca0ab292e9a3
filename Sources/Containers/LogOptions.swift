/// What somebody wants to see of a container's log: as the API's `PodLogOptions`.
package struct LogOptions: Equatable, Sendable {
    /// The last so many lines; `nil`: all.
    package var tail: Int?
    /// Lines of this time and later, in nanoseconds since 1970.
    package var since: Int64?
    /// So many bytes of output, cut exactly.
    package var limitBytes: Int?
    /// Puts its timestamp before each line.
    package var timestamps = false
    package var streams: Set<LogLine.Stream> = [.stdout, .stderr]

    package init() {}
}

/// Turns lines of a log file into what is shown: chosen, joined, stamped, cut.
package struct LogFormatter: Sendable {
    package let options: LogOptions
    private var remaining: Int
    /// Streams whose last line was partial: what comes next belongs to the same line.
    private var unfinished: Set<LogLine.Stream> = []

    package init(_ options: LogOptions) {
        self.options = options
        remaining = max(0, options.limitBytes ?? .max)
    }

    /// The limit is reached: nothing more will be shown.
    package var isExhausted: Bool { remaining == 0 }

    /// The bytes to show for one line of the file.
    package mutating func output(for line: LogLine) -> [UInt8] {
        let goesOn = unfinished.contains(line.stream)
        guard options.streams.contains(line.stream), remaining > 0 else { return [] }
        if !goesOn, let since = options.since, let time = line.nanoseconds, time < since { return [] }
        var output: [UInt8] = []
        if options.timestamps && !goesOn { output += Array((line.timestamp + " ").utf8) }
        output += line.content
        if line.isPartial {
            unfinished.insert(line.stream)
        } else {
            unfinished.remove(line.stream)
            output.append(UInt8(ascii: "\n"))
        }
        if output.count > remaining { output.removeLast(output.count - remaining) }
        remaining -= output.count
        return output
    }
}
