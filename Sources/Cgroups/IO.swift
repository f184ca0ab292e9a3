/// What a group has read from and written to one block device: a line of `io.stat`.
package struct IOStatistics: Equatable, Sendable {
    package var major: UInt32
    package var minor: UInt32
    package var readBytes: UInt64 = 0
    package var writtenBytes: UInt64 = 0
    package var reads: UInt64 = 0
    package var writes: UInt64 = 0
    package var discardedBytes: UInt64 = 0
    package var discards: UInt64 = 0

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// Reads the whole file. A device without counts, and keys of other policies, are skipped.
    package static func parse(_ text: some StringProtocol) throws(ParseError) -> [IOStatistics] {
        var all: [IOStatistics] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            let numbers = (words.first ?? "").split(separator: ":")
            guard numbers.count == 2, let major = UInt32(numbers[0]), let minor = UInt32(numbers[1]) else {
                throw ParseError(file: "io.stat", line: String(line))
            }
            var entry = IOStatistics(major: major, minor: minor)
            for word in words.dropFirst() {
                let pair = word.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, let value = UInt64(pair[1]) else { continue }
                switch pair[0] {
                case "rbytes": entry.readBytes = value
                case "wbytes": entry.writtenBytes = value
                case "rios": entry.reads = value
                case "wios": entry.writes = value
                case "dbytes": entry.discardedBytes = value
                case "dios": entry.discards = value
                default: continue
                }
            }
            if words.count > 1 { all.append(entry) }
        }
        return all
    }
}

extension Cgroup {
    /// `nil` without the controller.
    package func ioStatistics() throws -> [IOStatistics]? {
        try read("io.stat", ifExists: true).map { try IOStatistics.parse($0) }
    }
}
