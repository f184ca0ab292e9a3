import Linux
import SystemPackage

/// A log file that is open, and how far it was read.
struct OpenLog: ~Copyable, Sendable {
    private let descriptor: OwnedFileDescriptor
    let inode: UInt64
    var offset: Int64 = 0

    /// Opens a regular file, never through a link: the directory is the agent's, but nothing is taken on trust.
    init(_ path: FilePath) throws {
        let file = try openFile(path, [.readOnly, .noFollow, .nonBlocking])
        let status = try file.borrow { try $0.status() }
        guard status.kind == .regular else { throw SyscallError("open \(path): not a regular file", .invalidArgument) }
        descriptor = file
        inode = status.inode
    }

    /// The next bytes; none at the end.
    mutating func read(_ count: Int) throws -> [UInt8] {
        let bytes = try read(count, at: offset)
        offset += Int64(bytes.count)
        return bytes
    }

    private borrowing func read(_ count: Int, at offset: Int64) throws -> [UInt8] {
        try naming("read log") {
            var bytes = [UInt8](repeating: 0, count: count)
            let read = try descriptor.borrow { file in
                try unsafe bytes.withUnsafeMutableBytes {
                    try unsafe file.read(fromAbsoluteOffset: offset, into: $0)
                }
            }
            bytes.removeLast(count - read)
            return bytes
        }
    }

    /// Whether the path names another file by now, or none.
    borrowing func isRotated(from path: FilePath) throws -> Bool {
        do {
            return try OpenLog(path).inode != inode
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
            return true
        }
    }

    /// The file that was begun after the one with that inode: the next of the rotated, or the current one.
    ///
    /// Rotated files are named `<current>.<time>`, so that their names sort by age.
    static func successor(of inode: UInt64, path: FilePath) throws -> OpenLog? {
        let directory = path.removingLastComponent()
        let prefix = (path.lastComponent?.string ?? "") + "."
        let rotated = try directoryEntries(directory).filter { $0.hasPrefix(prefix) }.sorted()
            .map { directory.appending($0) }
        var isPast = false
        for candidate in rotated + [path] {
            guard let file = try? OpenLog(candidate) else { continue }
            if isPast { return file }
            isPast = file.inode == inode
        }
        // It was deleted: everything that is left is newer.
        if isPast { return nil }
        for candidate in rotated + [path] {
            if let file = try? OpenLog(candidate) { return file }
        }
        return nil
    }

    /// Where the last `count` lines of containers begin, found from the end backwards.
    ///
    /// A line of the file that is partial does not count: it is the head of one that follows.
    borrowing func offset(ofLast count: Int) throws -> Int64 {
        let block = 64 << 10
        var position = Int64(try descriptor.borrow { try $0.status() }.size)
        if count <= 0 { return position }
        var found = 0
        /// The start of the line that begins in blocks not read yet.
        var tail: [UInt8] = []
        var isFirst = true
        while position > 0 {
            let start = max(0, position - Int64(block))
            var bytes = try read(Int(position - start), at: start)
            bytes += tail
            var end = bytes.count
            // What follows the last newline is a line still being written: it is shown, but does not count.
            if isFirst, let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) {
                end = newline
                isFirst = false
            }
            while let newline = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")) {
                if Self.completes(bytes[(newline + 1)..<end]) { found += 1 }
                if found > count { return start + Int64(end) + 1 }
                end = newline
            }
            tail = Array(bytes[..<end])
            position = start
        }
        if Self.completes(tail[...]) { found += 1 }
        return found > count ? Int64(tail.count) + 1 : 0
    }

    private static func completes(_ line: ArraySlice<UInt8>) -> Bool {
        LogLine(parsing: line).map { !$0.isPartial } ?? false
    }
}
