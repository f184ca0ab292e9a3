import JSONText
import Linux
import SystemPackage

/// Tells whoever called what went wrong: on the standard error, and in the log file if there is one.
///
/// Source: runc's `--log` and `--log-format`; containerd's shim reads the last line of level `error` of the JSON form.
struct Report: Sendable {
    enum Form: String { case text, json }

    private var file: FilePath?
    private var form = Form.text
    private var isDetailed = false

    init() {}

    init(_ arguments: Arguments) throws {
        if let target = arguments["log"], !target.isEmpty { file = try Self.file(target) }
        let name = arguments["log-format"] ?? "text"
        guard let form = Form(rawValue: name) else { throw Failure("no log format named \(name)") }
        self.form = form
        isDetailed = arguments.has("debug") || arguments["log-level"] == "debug"
    }

    /// A path, or in crun's spelling a kind and a path.
    private static func file(_ target: String) throws(Failure) -> FilePath {
        guard !target.hasPrefix("/"), let colon = target.firstIndex(of: ":") else { return FilePath(target) }
        guard target[..<colon] == "file" else { throw Failure("log \(target): only files can be written to") }
        return FilePath(String(target[target.index(after: colon)...]))
    }

    func error(_ message: String) { tell("error", message) }
    func warning(_ message: String) { tell("warning", message) }
    func debug(_ message: String) { if isDetailed { tell("debug", message) } }

    private func tell(_ level: String, _ message: String) {
        let line = Self.line(form, level, message, Timestamp.now())
        if let file, let log = try? openFile(file, [.writeOnly, .create, .append], mode: 0o600) {
            log.borrow { fd in _ = try? fd.writeAll((line + "\n").utf8) }
        }
        let spoken = form == .json && file == nil ? line : Self.line(.text, level, message, Timestamp.now())
        _ = try? FileDescriptor.standardError.writeAll((spoken + "\n").utf8)
    }

    static func line(_ form: Form, _ level: String, _ message: String, _ time: String) -> String {
        switch form {
        case .text: "time=\(quoted(time)) level=\(level) msg=\(quoted(message))"
        case .json:
            String(
                decoding: JSON.object(
                    .init([("level", .string(level)), ("msg", .string(message)), ("time", .string(time))])
                ).encoded, as: UTF8.self)
        }
    }

    private static func quoted(_ text: String) -> String {
        String(decoding: JSON.string(text).encoded, as: UTF8.self)
    }

    /// What was asked for, on the standard output.
    static func print(_ text: String) { _ = try? FileDescriptor.standardOutput.writeAll(text.utf8) }
}

/// Times as RFC 3339 has them, of UTC.
enum Timestamp {
    static func now() -> String { text(nanoseconds(of: .wall)) }

    static func text(_ nanoseconds: Int64) -> String {
        let seconds = Int(nanoseconds / 1_000_000_000)
        let (year, month, day) = date(ofDay: seconds / 86_400)
        let second = seconds % 86_400
        let time = [second / 3600, second / 60 % 60, second % 60].map { padded($0, 2) }.joined(separator: ":")
        let fraction = padded(Int(nanoseconds % 1_000_000_000), 9)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(time).\(fraction)Z"
    }

    /// Days since 1970 as a date of the Gregorian calendar; the C library's way reads the machine's time zone first.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years begin in March.
    private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let days = day + 719_468
        let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
        let year = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
        return (era * 400 + year + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9, dayOfMonth)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
