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
        for (name, values) in nestedKeyed(text) {
            guard let device = BlockDevice(parsing: name) else { throw ParseError(file: "io.stat", line: name) }
            var entry = IOStatistics(major: device.major, minor: device.minor)
            let count = { (key: String) in values[key].flatMap { UInt64($0) } ?? 0 }
            entry.readBytes = count("rbytes")
            entry.writtenBytes = count("wbytes")
            entry.reads = count("rios")
            entry.writes = count("wios")
            entry.discardedBytes = count("dbytes")
            entry.discards = count("dios")
            if !values.isEmpty { all.append(entry) }
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
