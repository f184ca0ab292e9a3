/// What a disk has done since the machine was started.
///
/// Source: `/proc/diskstats`, the kernel's `Documentation/admin-guide/iostats.rst`. Times are milliseconds, sectors of
/// 512 bytes.
package struct DiskCounters: Equatable, Sendable {
    package var major: UInt32
    package var minor: UInt32
    package var name: String
    package var reads: UInt64
    package var readsMerged: UInt64
    package var sectorsRead: UInt64
    package var readTime: UInt64
    package var writes: UInt64
    package var writesMerged: UInt64
    package var sectorsWritten: UInt64
    package var writeTime: UInt64
    package var underWay: UInt64
    package var time: UInt64
    package var weightedTime: UInt64

    /// Those that have ever done anything.
    package static func parse(_ text: some StringProtocol) -> [DiskCounters] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 14, let major = UInt32(words[0]), let minor = UInt32(words[1]) else { return nil }
            let numbers = words[3..<14].compactMap { UInt64($0) }
            guard numbers.count == 11, numbers[0] + numbers[4] > 0 else { return nil }
            return DiskCounters(
                major: major, minor: minor, name: String(words[2]), reads: numbers[0], readsMerged: numbers[1],
                sectorsRead: numbers[2], readTime: numbers[3], writes: numbers[4], writesMerged: numbers[5],
                sectorsWritten: numbers[6], writeTime: numbers[7], underWay: numbers[8], time: numbers[9],
                weightedTime: numbers[10])
        }
    }
}
