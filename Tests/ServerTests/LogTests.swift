import Gzip
import Kubernetes
import Linux
import SystemPackage
import Testing

@testable import Server

private func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

@Suite struct `A log record` {
    @Test(arguments: [
        ("2026-01-02T03:04:05.000000001Z stdout F hello world", "hello world", false),
        ("2026-01-02T03:04:05.000000001Z stderr P half", "half", true),
        ("2026-01-02T03:04:05Z stdout F:tag x", "x", false),
        ("2026-01-02T03:04:05Z stdout F ", "", false),
        ("2026-01-02T03:04:05Z stdout F", "", false),
    ])
    func `is cut into its parts`(record: String, content: String, partial: Bool) throws {
        let line = try #require(LogLine(parsing: Array(record.utf8)[...]))
        #expect(text(line.content) == content)
        #expect(line.isPartial == partial)
    }

    @Test(arguments: ["", "rubbish", "a b", "a b X c", "a b FF c"])
    func `that is none is told from one`(record: String) {
        #expect(LogLine(parsing: Array(record.utf8)[...]) == nil)
    }
}

@Suite struct `A log that is shown` {
    private let records = [
        "2026-01-01T00:00:01.5Z stdout F one", "2026-01-01T00:00:02.5Z stdout P tw",
        "2026-01-01T00:00:02.6Z stdout F o",
        "torn", "2026-01-01T00:00:03.5Z stderr F three",
    ]

    private func shown(_ formatter: LogFormatter) -> String {
        var formatter = formatter
        return text(records.flatMap { formatter.format(Array($0.utf8)[...]) })
    }

    @Test func `has its pieces joined`() { #expect(shown(LogFormatter()) == "one\ntwo\nthree\n") }

    @Test func `has the time once before each line`() {
        let lines = shown(LogFormatter(timestamps: true))
        #expect(lines == "2026-01-01T00:00:01.5Z one\n2026-01-01T00:00:02.5Z two\n2026-01-01T00:00:03.5Z three\n")
    }

    @Test func `begins at the time asked for`() {
        #expect(shown(LogFormatter(since: Time(rfc3339: "2026-01-01T00:00:02Z"))) == "two\nthree\n")
    }

    @Test(arguments: [(0, ""), (1, "o"), (4, "one\n"), (6, "one\ntw"), (100, "one\ntwo\nthree\n")])
    func `is cut after so many bytes`(limit: Int, expected: String) {
        #expect(shown(LogFormatter(limitBytes: limit)) == expected)
    }
}

@Suite struct `A log file` {
    private func tail(_ count: Int, of path: FilePath) throws -> String {
        try shown(LogReader(path, last: count))
    }

    private func shown(_ reader: LogReader) throws -> String {
        var reader = reader
        var formatter = LogFormatter()
        var out: [UInt8] = []
        repeat {
            while let records = try reader.read() { out += formatter.format(records) }
        } while try reader.moveOn()
        return text(out)
    }

    /// Two parts, the older compressed, and the file that is written to. A line goes over each border.
    private func writeParts(of path: FilePath) throws {
        let t = "2026-01-01T00:00:01Z stdout"
        let old = FilePath("\(path).20260101-000001")
        try replaceFile(at: old, with: "\(t) F 1\n\(t) F 2\n\(t) P 3\n".utf8)
        try compress(old, to: FilePath("\(old).gz"), mode: 0o640)
        try removeFile(at: old)
        try replaceFile(at: FilePath("\(path).20260101-000002"), with: "\(t) F 3\n\(t) F 4\n\(t) P 5\n".utf8)
        // What an interrupted agent left is no part.
        try replaceFile(at: FilePath("\(path).20260101-000003.gz.tmp"), with: "rubbish".utf8)
        try replaceFile(at: path, with: "\(t) F 5\n\(t) F 6\n".utf8)
    }

    @Test(
        arguments: [
            (nil, "1\n2\n33\n4\n55\n6\n"), (0, ""), (1, "6\n"), (2, "55\n6\n"), (3, "4\n55\n6\n"),
            (4, "33\n4\n55\n6\n"), (5, "2\n33\n4\n55\n6\n"), (6, "1\n2\n33\n4\n55\n6\n"),
            (9, "1\n2\n33\n4\n55\n6\n"),
        ] as [(Int?, String)])
    func `is read through its parts, compressed or not`(lines: Int?, expected: String) async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            try writeParts(of: path)
            #expect(try shown(LogReader(path, last: lines)) == expected)
        }
    }

    @Test func `is followed through a part that was compressed before it was read`() async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            func write(_ number: Int) throws {
                try replaceFile(at: path, with: "2026-01-01T00:00:01Z stdout F \(number)\n".utf8)
            }
            try write(1)
            let reader = try LogReader(path)
            for number in 2...3 {
                let part = FilePath("\(path).20260101-00000\(number)")
                try rename(path, to: part)
                try write(number)
                try compress(part, to: FilePath("\(part).gz"), mode: 0o640)
                try removeFile(at: part)
            }
            #expect(try shown(reader) == "1\n2\n3\n")
        }
    }

    @Test(arguments: [
        (0, ""), (1, "four\n"), (2, "three\nfour\n"), (3, "twotwo\nthree\nfour\n"), (9, "one\ntwotwo\nthree\nfour\n"),
    ])
    func `gives its last lines, long ones whole`(count: Int, expected: String) async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            let t = "2026-01-01T00:00:01Z stdout"
            try replaceFile(at: path, with: "\(t) F one\n\(t) P two\n\(t) F two\n\(t) F three\n\(t) F four\n".utf8)
            #expect(try tail(count, of: path) == expected)
        }
    }

    @Test(arguments: [1, 999, 1000, 1001, 4999])
    func `larger than a block gives as many lines as asked for`(count: Int) async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            let lines = (0..<5000).map { "line \($0) \(String(repeating: "x", count: $0 % 300))" }
            try replaceFile(at: path, with: lines.map { "2026-01-01T00:00:01Z stdout F \($0)\n" }.joined().utf8)
            let got = try tail(count, of: path)
            let expected = lines.suffix(count).map { $0 + "\n" }.joined()
            #expect(got == expected, "\(got.utf8.count) bytes instead of \(expected.utf8.count)")
        }
    }

    @Test func `is followed through two rotations at once without losing a line`() async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            func write(_ number: Int) throws {
                try replaceFile(at: path, with: "2026-01-01T00:00:01Z stdout F \(number)\n".utf8)
            }
            try write(1)
            var reader = try LogReader(path)
            var out: [UInt8] = []
            var formatter = LogFormatter()
            while let records = try reader.read() { out += formatter.format(records) }
            for number in 2...3 {
                try rename(path, to: directory.appending("0.log.20260101-00000\(number)"))
                try write(number)
            }
            while try reader.moveOn() {
                while let records = try reader.read() { out += formatter.format(records) }
            }
            #expect(text(out) == "1\n2\n3\n")
        }
    }
}

@Suite struct `Which log is meant` {
    private func record(_ state: ContainerState, last: ContainerState? = nil) -> PodRecord {
        var status = ContainerStatus()
        (status.name, status.state, status.lastState) = ("app", state, last)
        return PodRecord(
            object: pod("web-n1", containers: ["app"], statuses: [status]),
            logs: { _ in .init(current: "/l/1.log", previous: "/l/0.log") })
    }

    private func request(_ container: String? = nil, previous: Bool = false) -> LogRequest {
        var request = LogRequest(pod: PodName(name: "web"), container: container)
        request.previous = previous
        return request
    }

    @Test func `follows from the container's state`() throws {
        let (running, ended) = (ContainerState.isRunning, ContainerState.ended(1))
        let now = try LogSelection(request(), in: record(running))
        #expect(now.file == "/l/1.log" && now.isRunning)
        let previous = try LogSelection(request(previous: true), in: record(running, last: ended))
        #expect(previous.file == "/l/0.log" && !previous.isRunning)
        // Between two instances both words mean the one that has ended.
        let between = record(.waiting("CrashLoopBackOff"), last: ended)
        #expect(try LogSelection(request(), in: between).file == "/l/1.log")
        #expect(try LogSelection(request(previous: true), in: between).file == "/l/1.log")
    }

    @Test(arguments: [
        ("ContainerCreating", "container \"app\" in pod \"web-n1\" is waiting to start: ContainerCreating"),
        ("ErrImagePull", "container \"app\" in pod \"web-n1\" is waiting to start: image can't be pulled"),
        (
            "ImagePullBackOff",
            "container \"app\" in pod \"web-n1\" is waiting to start: trying and failing to pull image"
        ),
    ])
    func `is told in the kubelet's words when there is none`(reason: String, message: String) {
        let error = #expect(throws: ControlError.self) { try LogSelection(request(), in: record(.waiting(reason))) }
        #expect(error?.message == message)
    }

    @Test func `that was removed is told of by the container's id`() {
        var status = ContainerStatus()
        (status.name, status.state, status.containerID) = ("app", .ended(1), "swiftlet://1")
        let evicted = PodRecord(
            object: pod("web-n1", containers: ["app"], statuses: [status]),
            logs: { _ in .init(current: nil, previous: nil) })
        let error = #expect(throws: ControlError.self) { try LogSelection(request(), in: evicted) }
        #expect(error == ControlError(.removed, "unable to retrieve container logs for swiftlet://1"))
    }

    @Test func `of an instance that never was is an error`() {
        let error = #expect(throws: ControlError.self) {
            try LogSelection(request(previous: true), in: record(.isRunning))
        }
        #expect(error?.message == "previous terminated container \"app\" in pod \"web-n1\" not found")
        let unknown = #expect(throws: ControlError.self) { try LogSelection(request("db"), in: record(.isRunning)) }
        #expect(unknown?.code == .notFound)
    }
}
