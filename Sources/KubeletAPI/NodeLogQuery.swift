import Kubernetes
import NIOHTTP1

/// What of the node's own logs somebody wants to see: of services, or a file.
///
/// Source: kubernetes `pkg/kubelet/kubelet_server_journal.go`; facts of kubelet, §11.3.
struct NodeLogQuery: Equatable, Sendable {
    var services: [String] = []
    var files: [String] = []
    var sinceTime: Time?
    var untilTime: Time?
    /// 0: this one, -1: the one before.
    var boot: Int?
    var tailLines: Int?
    var pattern = ""

    /// `nil`: nothing is asked for. What cannot be read is told.
    init?(_ query: Query) throws(Refusal) {
        for name in query.all("query") {
            if name.contains("/") || name.contains("\\") { files.append(name) } else { services.append(name) }
        }
        func time(_ name: String) throws(Refusal) -> Time? {
            guard let text = query[name] else { return nil }
            guard let time = Time(rfc3339: text) else { throw Self.unreadable(name, text, "invalid time format") }
            return time
        }
        func number(_ names: String...) throws(Refusal) -> Int? {
            for name in names {
                guard let text = query[name] else { continue }
                guard let number = Int(text) else { throw Self.unreadable(name, text, "not a number") }
                return number
            }
            return nil
        }
        sinceTime = try time("sinceTime")
        untilTime = try time("untilTime")
        boot = try number("boot")
        tailLines = try number("tailLines", "tail")
        pattern = query["pattern"] ?? query["grep"] ?? ""
        if services.isEmpty && files.isEmpty && !hasOptions { return nil }
    }

    private var hasOptions: Bool {
        sinceTime != nil || untilTime != nil || boot != nil || tailLines != nil || !pattern.isEmpty
    }

    private static func unreadable(_ name: String, _ value: String, _ why: String) -> Refusal {
        Refusal(.badRequest, "\(name): Invalid value: \"\(value)\": \(why)\n")
    }

    /// What is wrong with it; empty: it can be answered.
    var problems: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        check(!(services + files).isEmpty, "query: Required value: cannot be empty with options")
        check(
            services.isEmpty || files.isEmpty,
            "query: Invalid value: \"\(files.first ?? "")\": cannot specify a file and service")
        check(services.count <= 4, "query: Too many: \(services.count): must have at most 4 items")
        check(files.count <= 1, "query: Too many: \(files.count): must have at most 1 items")
        check(
            files.isEmpty || !hasOptions,
            "query: Invalid value: \"\(files.first ?? "")\": cannot specify file with: other options")
        for name in services {
            check(Self.isSafe(name), "query: Invalid value: \"\(name)\": input contains unsupported characters")
        }
        for name in files {
            check(
                !name.split(separator: "/").contains(".."), "query: Invalid value: \"\(name)\": path must be canonical")
        }
        check((boot ?? 0) <= 0, "boot: Invalid value: \(boot ?? 0): must be less than 1")
        check(
            (0...100_000).contains(tailLines ?? 0),
            "tailLines: Invalid value: \(tailLines ?? 0): must be between 0 and 100000")
        if let sinceTime, let untilTime {
            check(untilTime >= sinceTime, "untilTime: Invalid value: \"\(untilTime)\": must be after `sinceTime`")
        }
        check(!pattern.utf8.contains(0), "pattern: Invalid value: \"\(pattern)\": it holds a NUL")
        return problems
    }

    private static func isSafe(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 256 && !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || "-_@.:".utf8.contains(byte)
            }
    }

    /// What `journalctl` is to be told.
    var journalArguments: [String] {
        var arguments = ["--utc", "--no-pager", "--output=short-precise"]
        if let sinceTime { arguments.append("--since=\(Self.date(sinceTime))") }
        if let untilTime { arguments.append("--until=\(Self.date(untilTime))") }
        // Backwards, since otherwise it counts from the beginning where there is one. Source: journalctl(1), `--lines`.
        if let tailLines { arguments += ["--reverse", "--lines=\(tailLines)"] }
        arguments += services.map { "--unit=\($0)" }
        if !pattern.isEmpty { arguments += ["--grep=\(pattern)", "--case-sensitive=false"] }
        if let boot { arguments += ["--boot", "\(boot)"] }
        return arguments
    }

    /// What `journalctl` has printed, in the order in which it happened.
    func inOrder(_ output: [UInt8]) -> [UInt8] {
        guard tailLines != nil else { return output }
        var entries: [[UInt8].SubSequence] = []
        for line in output.split(separator: UInt8(ascii: "\n")) {
            // Of two boots the marker between them names the one that is now before it.
            if line.starts(with: "-- Boot ".utf8) { continue }
            // Further lines of one message are indented.
            if line.first == UInt8(ascii: " "), let begun = entries.popLast() {
                entries.append(output[begun.startIndex..<line.endIndex])
            } else {
                entries.append(line)
            }
        }
        return entries.reversed().flatMap { $0 + [UInt8(ascii: "\n")] }
    }

    /// Source: systemd.time(7); without its zone it would be the machine's.
    private static func date(_ time: Time) -> String {
        "\(time)".replacing("T", with: " ").replacing("Z", with: " UTC")
    }
}
