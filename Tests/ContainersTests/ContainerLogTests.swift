import Containers
import Linux
import SystemPackage
import Testing

/// A log directory for one test: writes lines as the shim does, and rotates.
private struct TestLog {
    let path: FilePath
    private var minute = 0

    init(directory: FilePath) { path = directory.appending("0.log") }

    mutating func write(_ text: String, _ stream: String = "stdout", _ tag: String = "F") throws {
        let hour = minute / 60 < 10 ? "0\(minute / 60)" : "\(minute / 60)"
        let padded = minute % 60 < 10 ? "0\(minute % 60)" : "\(minute % 60)"
        try append("2026-01-01T\(hour):\(padded):00.000000000Z \(stream) \(tag) \(text)\n")
        minute += 1
    }

    func append(_ text: String) throws {
        let fd = try FileDescriptor.open(
            path, .writeOnly, options: [.append, .create], permissions: [.ownerReadWrite])
        try fd.closeAfter { _ = try fd.writeAll(text.utf8) }
    }
}

private func withLog(_ body: (inout TestLog) throws -> Void) throws {
    let directory = FilePath("/tmp/swiftlet-log-\(UInt64.random(in: 0 ... .max))")
    try makeDirectories(directory)
    defer { try? removeTree(at: directory) }
    var log = TestLog(directory: directory)
    try body(&log)
}

private func text(_ log: inout ContainerLog) throws -> String {
    var bytes: [UInt8] = []
    while true {
        let output = try log.read()
        if output.isEmpty { return String(decoding: bytes, as: UTF8.self) }
        for part in output { bytes += part.bytes }
    }
}

private func text(_ path: FilePath, _ configure: (inout LogOptions) -> Void = { _ in }) throws -> String {
    var options = LogOptions()
    configure(&options)
    var log = try ContainerLog(path: path, options: options)
    return try text(&log)
}

@Suite struct `A container's log` {
    @Test func `is shown without what the format adds, partial lines joined`() throws {
        try withLog { log throws in
            try log.write("one")
            try log.write("two, ", "stderr", "P")
            try log.write("and more", "stderr")
            try log.write("")
            try log.append("rubbish\n2026 stdout F short time\n")
            #expect(try text(log.path) == "one\ntwo, and more\n\n")
        }
    }

    @Test(arguments: [
        (0, ""), (1, "5\n"), (2, "3-4\n5\n"), (3, "2\n3-4\n5\n"), (4, "1\n2\n3-4\n5\n"), (9, "1\n2\n3-4\n5\n"),
    ])
    func `ends with so many lines`(tail: Int, expected: String) throws {
        try withLog { log throws in
            for line in ["1", "2"] { try log.write(line) }
            try log.write("3-", "stdout", "P")
            try log.write("4")
            try log.write("5")
            #expect(try text(log.path) { $0.tail = tail } == expected)
        }
    }

    @Test(arguments: [1, 7, 1000, 4000])
    func `ends with so many lines, however long it is`(tail: Int) throws {
        try withLog { log throws in
            var content = ""
            for number in 0..<5000 {
                let filler = String(repeating: "x", count: number % 300)
                content += "2026-01-01T00:00:00.000000000Z stdout F \(number) \(filler)\n"
            }
            try log.append(content)
            let lines = try text(log.path) { $0.tail = tail }.split(separator: "\n")
            #expect(lines.count == tail)
            #expect(lines.first?.hasPrefix("\(5000 - tail) ") == true)
        }
    }

    @Test func `begins at a time`() throws {
        try withLog { log throws in
            for line in ["a", "b", "c"] { try log.write(line) }
            let since = try #require(LogTime.nanoseconds(of: "2026-01-01T00:01:00Z"))
            #expect(try text(log.path) { $0.since = since } == "b\nc\n")
            #expect(try text(log.path) { $0.since = since + 1 } == "c\n")
        }
    }

    @Test(arguments: [(0, ""), (1, "a"), (2, "aa"), (3, "aa\n"), (4, "aa\nb"), (100, "aa\nbb\n")])
    func `is cut at exactly so many bytes`(limit: Int, expected: String) throws {
        try withLog { log throws in
            try log.write("aa")
            try log.write("bb")
            #expect(try text(log.path) { $0.limitBytes = limit } == expected)
        }
    }

    @Test func `has timestamps at the beginnings of lines only`() throws {
        try withLog { log throws in
            try log.write("a", "stdout", "P")
            try log.write("b")
            #expect(try text(log.path) { $0.timestamps = true } == "2026-01-01T00:00:00.000000000Z ab\n")
        }
    }

    @Test func `can be had of one stream`() throws {
        try withLog { log throws in
            try log.write("out")
            try log.write("err", "stderr")
            #expect(try text(log.path) { $0.streams = [.stderr] } == "err\n")
        }
    }

    @Test func `is followed across rotations, without a gap or a repetition`() throws {
        try withLog { log throws in
            try log.write("1")
            var reader = try ContainerLog(path: log.path)
            #expect(try text(&reader) == "1\n")
            try log.write("2")
            try rename(&log)
            try log.write("3")
            try rename(&log)
            try log.write("4")
            #expect(try text(&reader) == "2\n3\n4\n")
            try log.append("2026-01-01T00:00:00.000000000Z stdout F half")
            #expect(try text(&reader) == "")
            try log.append(" whole\n")
            #expect(try text(&reader) == "half whole\n")
        }
    }

    /// Rotates as the shim does, by rename: the reader's open file keeps its content.
    private func rename(_ log: inout TestLog) throws {
        let names = try directoryEntries(log.path.removingLastComponent()).count
        try moveFile(at: log.path, to: FilePath("\(log.path).2026010\(names)-000000"))
    }

    @Test func `gives its end as a termination message`() throws {
        try withLog { log throws in
            for number in 0..<200 { try log.write("line \(number)") }
            let message = try ContainerLog.end(of: log.path)
            #expect(message.hasPrefix("line 120\n") && message.hasSuffix("line 199\n"))
            #expect(try ContainerLog.end(of: log.path, lines: 5, bytes: 9) == "line 199\n")
        }
    }

    @Test func `is not read through a link, nor from anything but a file`() throws {
        try withLog { log throws in
            #expect(throws: SyscallError.self) { try ContainerLog(path: "/dev/zero").isExhausted }
            #expect(throws: SyscallError.self) { try ContainerLog(path: log.path).isExhausted }
        }
    }
}

@Suite struct `A log's time` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01T00:00:00.000000001Z", 1),
        ("2026-11-21T04:35:35.5Z", 1_795_235_735_500_000_000), ("2000-02-29T23:59:59+01:00", 951_865_199_000_000_000),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789), ("1969-12-31T19:00:00-05:00", 0),
    ])
    func `is read in every form of RFC 3339`(text: String, expected: Int64) {
        #expect(LogTime.nanoseconds(of: text) == expected)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T04:35:35", "2026-11-21 04:35:35Z", "2026-13-21T04:35:35Z",
        "2026-11-21T04:35:35.Z", "2026-11-21T04:35:35+1:00", "x026-11-21T04:35:35Z", "9999-11-21T04:35:35Z",
    ])
    func `is not read from other text`(text: String) { #expect(LogTime.nanoseconds(of: text) == nil) }
}
