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
        let t = calendar(ofSecond: nanoseconds / 1_000_000_000)
        let fraction = padded(Int(nanoseconds % 1_000_000_000), 9)
        return "\(padded(t.year, 4))-\(padded(t.month, 2))-\(padded(t.day, 2))T"
            + "\(padded(t.hour, 2)):\(padded(t.minute, 2)):\(padded(t.second, 2)).\(fraction)Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
