import Linux
package import SystemPackage

/// A reader of one instance's log file, from where the options want it to the end, and on as the file grows.
///
/// It never waits: a caller who follows a log reads until there is nothing, waits for a change of the directory or for
/// the container's end, and reads again. When the file was rotated meanwhile, it is read to its end first, and then
/// those that took its place, in their order: no line is lost or seen twice.
package struct ContainerLog: ~Copyable, Sendable {
    /// What one read found.
    package struct Output: Equatable, Sendable {
        package var stream: LogLine.Stream
        package var bytes: [UInt8]
    }

    private let path: FilePath
    private var file: OpenLog
    private var formatter: LogFormatter
    /// The start of a line whose end is not written yet.
    private var rest: [UInt8] = []

    /// A line in the file is at most this long: the shim cuts the container's into parts of 16 KiB.
    private static let longestLine = 256 << 10
    private static let chunk = 64 << 10

    package init(path: FilePath, options: LogOptions = LogOptions()) throws {
        self.path = path
        formatter = LogFormatter(options)
        let opened = try OpenLog(path)
        let offset = try options.tail.map { try opened.offset(ofLast: $0) } ?? 0
        file = opened
        file.offset = offset
    }

    /// The byte limit is reached: nothing more will come.
    package var isExhausted: Bool { formatter.isExhausted }

    /// What has been written since the last call, up to a bounded amount; empty when there is nothing new.
    package mutating func read() throws -> [Output] {
        var output: [Output] = []
        while output.isEmpty && !isExhausted {
            let bytes = try file.read(Self.chunk)
            if bytes.isEmpty {
                guard try advance() else { break }
            }
            consume(bytes, into: &output)
        }
        return output
    }

    private mutating func consume(_ bytes: [UInt8], into output: inout [Output]) {
        rest += bytes
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let line = LogLine(parsing: rest[start..<end]) {
                let shown = formatter.output(for: line)
                if !shown.isEmpty {
                    if output.last?.stream == line.stream {
                        output[output.count - 1].bytes += shown
                    } else {
                        output.append(Output(stream: line.stream, bytes: shown))
                    }
                }
            }
            start = end + 1
        }
        rest.removeFirst(start - rest.startIndex)
        if rest.count > Self.longestLine { rest.removeAll() }
    }

    /// At the end of a file that was rotated away, goes on to the next; `false` when this is the newest.
    private mutating func advance() throws -> Bool {
        guard try file.isRotated(from: path) else { return false }
        // Whoever rotates writes the rest before the rename: only now is the end really the end.
        let last = try file.read(Self.chunk)
        if !last.isEmpty {
            file.offset -= Int64(last.count)
            return true
        }
        guard let next = try OpenLog.successor(of: file.inode, path: path) else { return false }
        file = next
        rest.removeAll()
        return true
    }
}

extension ContainerLog {
    /// The end of a log as one text, for a termination message: at most so many lines and bytes.
    ///
    /// Source: kubelet, `MaxContainerTerminationMessageLogLines` and `…LogLength`.
    package static func end(of path: FilePath, lines: Int = 80, bytes: Int = 2048) throws -> String {
        var options = LogOptions()
        options.tail = lines
        var log = try ContainerLog(path: path, options: options)
        var text: [UInt8] = []
        while true {
            let output = try log.read()
            if output.isEmpty { break }
            text += output.flatMap(\.bytes)
            if text.count > bytes { text.removeFirst(text.count - bytes) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
