import Linux
package import SystemPackage

/// Cuts a log file into records, and goes on in the next file when it was rotated away.
package struct LogReader {
    private let path: FilePath
    private var file: FileDescriptor
    private var owner: Owner
    private var offset: Int64 = 0
    /// The beginning of a record whose end is not there yet.
    private var rest: [UInt8] = []

    private final class Owner {
        let descriptor: FileDescriptor
        init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }
        deinit { try? descriptor.close() }
    }

    package init(_ path: FilePath) throws {
        self.path = path
        file = try openFile(path, [.readOnly, .nonBlocking]).release()
        owner = Owner(file)
    }

    /// The next whole records of this file; `nil` at its end for now.
    package mutating func read() throws -> [ArraySlice<UInt8>]? {
        let bytes = try read(at: offset, 64 << 10)
        guard !bytes.isEmpty else { return nil }
        offset += Int64(bytes.count)
        guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
            rest += bytes
            return []
        }
        let whole = rest + bytes[...end]
        rest = Array(bytes[(end + 1)...])
        return whole.split(separator: UInt8(ascii: "\n"))
    }

    /// Goes on in the next file if this one was rotated away; false if this is still the current one.
    ///
    /// Whoever rotates renames first and writes to the new file only then, so at a call that finds the file renamed
    /// it is complete, but may have grown since it was last read: hence it is read to its end again before leaving.
    package mutating func moveOn() throws -> Bool {
        let own = try file.status().inode
        guard let current = try fileStatus(path), current.inode != own else { return false }
        if try file.status().size > UInt64(offset) { return true }
        let next = try openFile(following(own) ?? path, [.readOnly, .nonBlocking]).release()
        (file, owner) = (next, Owner(next))
        offset = 0
        rest = []
        return true
    }

    /// The rotated file after that with this inode: two rotations may have come since the last look.
    private func following(_ inode: UInt64) throws -> FilePath? {
        guard let name = path.lastComponent?.string else { return nil }
        let directory = path.removingLastComponent()
        let rotated = try directoryEntries(directory).filter { $0.hasPrefix(name + ".") && !$0.hasSuffix(".gz") }
            .sorted().map { directory.appending($0) }
        guard let index = try rotated.firstIndex(where: { try fileStatus($0)?.inode == inode }) else { return nil }
        return rotated[(index + 1)...].first
    }

    /// Skips what comes before the last `lines` whole lines. Pieces of a long line count as one.
    package mutating func skip(toLast lines: Int) throws {
        let size = Int64(try file.status().size)
        var (start, found) = (size, 0)
        // Bytes from `start` on up to the first newline behind it: the end of a record that begins further in front.
        var head: [UInt8] = []
        var answer = size
        while start > 0 && found <= lines {
            let length = min(start, 64 << 10)
            let block = try read(at: start - length, Int(length))
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
        offset = lines == 0 ? size : answer
    }

    private func read(at offset: Int64, _ count: Int) throws -> [UInt8] {
        let file = file
        return try naming("read \(path)") {
            var buffer = [UInt8](repeating: 0, count: count)
            let got = try unsafe buffer.withUnsafeMutableBytes {
                try unsafe file.read(fromAbsoluteOffset: offset, into: $0)
            }
            return got == count ? buffer : Array(buffer.prefix(got))
        }
    }
}
