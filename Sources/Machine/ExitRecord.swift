import FoundationEssentials
import Linux
import SystemPackage

/// What a shim writes down when it has reaped a container's first process: `key=value` words on one line.
struct ExitRecord: Equatable, Sendable {
    /// As the API gives it: 128 + the signal that ended the process.
    var code: Int32
    var signal: Int32
    var finishedAt: Date
    var finishedInstant: ContinuousClock.Instant

    /// `nil` when the record is not there yet.
    init?(at path: FilePath) throws {
        guard let content = try readFile(at: path, ifExists: true, limit: 4096) else { return nil }
        try self.init(parsing: String(decoding: content, as: UTF8.self))
    }

    init(parsing text: String) throws(Malformed) {
        var numbers: [Substring: Int64] = [:]
        for word in text.split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { numbers[parts[0]] = Int64(parts[1]) }
        }
        guard let code = numbers["code"], let signal = numbers["signal"], let finished = numbers["finished"],
            let boottime = numbers["boottime"]
        else { throw Malformed(text: text) }
        self.signal = Int32(truncatingIfNeeded: signal)
        self.code = signal > 0 ? 128 + Int32(truncatingIfNeeded: signal) : Int32(truncatingIfNeeded: code)
        finishedAt = Date(timeIntervalSince1970: Double(finished) / 1e9)
        finishedInstant = bootInstant(nanoseconds: boottime)
    }

    struct Malformed: Error, CustomStringConvertible {
        let text: String
        var description: String { "exit record: unexpected form \"\(text)\"" }
    }
}
