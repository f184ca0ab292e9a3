import Linux
import Shim
package import SystemPackage

/// Cuts a log into records: its parts, the oldest first, then the file that is written to, and so on when that is
/// rotated away.
package struct LogReader {
    private let path: FilePath
    private var file: LogFile
    /// The part that is read; `nil`: the file that is, or was, written to.
    private var stamp: String?
    /// The newest part when that file was opened: what was cut off since sorts behind it, first of all the file itself.
    private var newestPart = ""
    /// The beginning of a record whose end is not there yet.
    private var rest: [UInt8] = []
    /// So many lines come before the first that is wanted.
    private var unwanted = 0

    /// Begins with the file that is written to.
    package init(_ path: FilePath) throws {
        self.path = path
        (file, newestPart) = try Self.openCurrent(path)
    }

    /// Begins with the oldest part, or so that `lines` whole lines are left. Pieces of a long line count as one.
    package init(_ path: FilePath, last lines: Int?) throws {
        try self.init(path)
        guard let lines else {
            if let oldest = try LogPart.all(of: path).first(where: { $0.stamp <= newestPart }) { try enter(oldest) }
            return
        }
        var missing = lines - (try skip(toLast: lines))
        guard missing >= 0, lines > 0 else { return }
        for part in try LogPart.all(of: path).reversed() where part.stamp <= newestPart {
            // It may be compressed, or removed, while it is looked at.
            guard let count = try? Self.lineCount(of: part) else { return }
            try enter(part)
            unwanted = max(0, count - missing)
            // When just so many are there, the first of them may still begin in the part before.
            if count > missing { return }
            missing -= count
        }
    }

    private mutating func enter(_ part: LogPart) throws {
        file = try LogFile(part.path, isCompressed: part.isCompressed)
        stamp = part.stamp
        rest = []
    }

    /// With the newest part that is older than it. Looked at again if it was cut off in between.
    private static func openCurrent(_ path: FilePath) throws -> (LogFile, String) {
        for _ in 0..<10 {
            let file = try LogFile(path)
            let newest = try LogPart.all(of: path).last?.stamp ?? ""
            if try fileStatus(path)?.inode == file.status()?.inode { return (file, newest) }
        }
        return (try LogFile(path), try LogPart.all(of: path).last?.stamp ?? "")
    }

    /// The next whole records of this file, each with its newline; `nil` at its end for now.
    package mutating func read() throws -> ArraySlice<UInt8>? {
        let bytes = try file.read()
        guard !bytes.isEmpty else { return nil }
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            rest += bytes
            return []
        }
        var records = rest.isEmpty ? bytes[...end] : (rest + bytes[...end])[...]
        rest = Array(bytes[(end + 1)...])
        while unwanted > 0, let end = records.position(of: UInt8(ascii: "\n"), from: records.startIndex) {
            if LogLine(parsing: records[..<end])?.isPartial != true { unwanted -= 1 }
            records = records[(end + 1)...]
        }
        return records
    }

    /// Goes on in the next file if this one is a part or was cut off; false if it is still written to.
    ///
    /// Whoever rotates renames first and writes to the new file only then, so at a call that finds the file renamed
    /// it is complete, but may have grown since it was last read: hence it is read to its end again before leaving.
    package mutating func moveOn() throws -> Bool {
        if let stamp { return try enterNext(after: stamp) }
        guard let own = try file.status(), let current = try fileStatus(path), current.inode != own.inode else {
            return false
        }
        if own.size > UInt64(file.offset) { return true }
        let newer = try LogPart.all(of: path).filter { $0.stamp > newestPart }
        let itself = try newer.first { try fileStatus($0.path)?.inode == own.inode } ?? newer.first { $0.isCompressed }
        return try enterNext(after: itself?.stamp ?? newestPart)
    }

    private mutating func enterNext(after stamp: String) throws -> Bool {
        if let next = try LogPart.all(of: path).first(where: { $0.stamp > stamp }) {
            try enter(next)
            return true
        }
        // Between its renaming and the first record there is none.
        guard try fileStatus(path) != nil else { return false }
        let (current, newest) = try Self.openCurrent(path)
        if newest > stamp { return try enterNext(after: stamp) }
        (file, newestPart, self.stamp, rest) = (current, newest, nil, [])
        return true
    }

    private static func lineCount(of part: LogPart) throws -> Int {
        let file = try LogFile(part.path, isCompressed: part.isCompressed)
        var (rest, count): ([UInt8], Int) = ([], 0)
        while true {
            let bytes = try file.read()
            if bytes.isEmpty { return count }
            let all = rest + bytes
            let end = all.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            for record in all[..<end].split(separator: UInt8(ascii: "\n"))
            where LogLine(parsing: record)?.isPartial != true { count += 1 }
            rest = Array(all[end...])
        }
    }

    /// Skips what comes before the last `lines` whole lines of this file; tells how many there are, at most so many.
    @discardableResult
    private mutating func skip(toLast lines: Int) throws -> Int {
        let size = Int64(try file.status()?.size ?? 0)
        var (start, found) = (size, 0)
        // Bytes from `start` on up to the first newline behind it: the end of a record that begins further in front.
        var head: [UInt8] = []
        var answer = size
        while start > 0 && found <= lines {
            let length = min(start, 64 << 10)
            let block = try file.read(at: start - length, Int(length))
            guard block.count == Int(length) else { break }
            start -= length
            let bytes = block + head
            let begins = [0] + bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.map { $0 + 1 }
            for begin in begins.reversed() where begin > 0 || start == 0 {
                let record = bytes[begin...].prefix { $0 != UInt8(ascii: "\n") }
                if begin < bytes.count, LogLine(parsing: record)?.isPartial != true { found += 1 }
                if found > lines { break }
                answer = start + Int64(begin)
            }
            head = Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
        }
        file.offset = lines == 0 ? size : answer
        return found
    }
}
