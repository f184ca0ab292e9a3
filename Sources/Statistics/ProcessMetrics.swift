/// The agent's own process.
///
/// Source: `/proc/self/stat`, `/proc/self/limits`, `/proc/self/fd`, as Prometheus' client_golang tells of them.
package struct ProcessFacts: Equatable, Sendable {
    package var cpuSeconds = 0.0
    /// Since 1970.
    package var startSeconds = 0.0
    package var residentBytes: UInt64 = 0
    package var virtualBytes: UInt64 = 0
    package var openFiles: UInt64?
    package var openFilesLimit: UInt64?

    package init() {}

    /// `nil` if the text is none of `/proc/<pid>/stat`.
    ///
    /// - Parameters:
    ///   - ticks: a second's, in which times are counted.
    ///   - bootTime: seconds since 1970.
    package init?(stat: String, ticks: Double, pageSize: UInt64, bootTime: Double) {
        // The name may hold anything: what follows the last parenthesis is field 3.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19]), let size = UInt64(fields[20]), let pages = UInt64(fields[21])
        else { return nil }
        cpuSeconds = (user + system) / ticks
        startSeconds = bootTime + start / ticks
        virtualBytes = size
        residentBytes = pages * pageSize
    }

    package var families: [MetricFamily] {
        var families = [
            MetricFamily(
                "process_cpu_seconds_total", .counter, "Total user and system CPU time spent in seconds.",
                value: cpuSeconds),
            startTime,
            MetricFamily(
                "process_resident_memory_bytes", .gauge, "Resident memory size in bytes.", value: Double(residentBytes)),
            MetricFamily(
                "process_virtual_memory_bytes", .gauge, "Virtual memory size in bytes.", value: Double(virtualBytes)),
        ]
        if let openFiles {
            families.append(
                MetricFamily(
                    "process_open_fds", .gauge, "Number of open file descriptors.", value: Double(openFiles)))
        }
        if let openFilesLimit {
            families.append(
                MetricFamily(
                    "process_max_fds", .gauge, "Maximum number of open file descriptors.",
                    value: Double(openFilesLimit)))
        }
        return families
    }

    package var startTime: MetricFamily {
        MetricFamily(
            "process_start_time_seconds", .gauge, "Start time of the process since unix epoch in seconds.",
            value: startSeconds)
    }
}

/// The soft limit of open files that `/proc/<pid>/limits` tells; `nil`: none.
///
/// Source: proc_pid_limits(5).
package func openFilesLimit(inLimits text: some StringProtocol) -> UInt64? {
    let line = text.split(separator: "\n").first { $0.hasPrefix("Max open files") }
    return line?.split(separator: " ").dropFirst(3).first.flatMap { UInt64($0) }
}
