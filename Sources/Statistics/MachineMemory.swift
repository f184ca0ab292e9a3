package import Cgroups

/// The memory of the machine as a whole: the root of the cgroup tree tells less of it than other groups do.
///
/// Source: `/proc/vmstat`, in pages, and `/proc/meminfo`, in units of 1024 bytes.
package struct MachineMemory: Equatable, Sendable {
    package var usage: MemoryUsage
    package var swapFree: UInt64
    package var swapTotal: UInt64

    package init(vmstat: some StringProtocol, meminfo: some StringProtocol, pageSize: UInt64) {
        let pages = Self.numbers(vmstat)
        let kilobytes = Self.numbers(meminfo)
        func bytes(_ name: String) -> UInt64 { (pages[name] ?? 0) * pageSize }
        var statistics = MemoryStatistics()
        statistics.anonymous = bytes("nr_anon_pages")
        statistics.file = bytes("nr_file_pages")
        statistics.inactiveFile = bytes("nr_inactive_file")
        statistics.kernel = ["Slab", "KernelStack", "PageTables", "Percpu"].reduce(0) {
            $0 + (kilobytes[$1] ?? 0) * 1024
        }
        statistics.pageFaults = pages["pgfault"] ?? 0
        statistics.majorPageFaults = pages["pgmajfault"] ?? 0
        statistics.all = ["file_mapped": bytes("nr_mapped"), "active_file": bytes("nr_active_file")]
        swapTotal = (kilobytes["SwapTotal"] ?? 0) * 1024
        swapFree = (kilobytes["SwapFree"] ?? 0) * 1024
        // Source: runc's `rootStatsFromMeminfo`: what cgroup v1 counted, pages of files and of nobody's.
        usage = MemoryUsage(current: statistics.anonymous + statistics.file, limit: .unlimited, statistics: statistics)
        usage.swap = swapTotal - min(swapFree, swapTotal)
        usage.swapLimit = .at(swapTotal)
    }

    /// Lines of `name value`, with or without a colon and a unit.
    private static func numbers(_ text: some StringProtocol) -> [String: UInt64] {
        var numbers: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count > 1, let value = UInt64(words[1]) else { continue }
            numbers[String(words[0].last == ":" ? words[0].dropLast() : words[0])] = value
        }
        return numbers
    }
}
