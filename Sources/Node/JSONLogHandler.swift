import JSONText
import Linux
package import Logging
import SystemPackage

/// Log lines as JSON objects on standard error, in the form of the kubelet's `logging.format: json`.
///
/// Source: kubernetes `component-base/logs/json`: `ts` in milliseconds, `caller`, `msg`, then `v` for what is no error
/// and `err` for what is, and the data under its own names.
package struct JSONLogHandler: LogHandler {
    package var logLevel: Logger.Level = .info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        let line = Self.line(event, all, nanoseconds: nanoseconds(of: .wall))
        _ = try? FileDescriptor.standardError.writeAll(Array("\(line)\n".utf8))
    }

    /// One line without its end. A key that is one of the line's own comes behind it under another name.
    static func line(_ event: LogEvent, _ metadata: Logger.Metadata, nanoseconds: Int64) -> String {
        var line: JSON.Object = [
            "ts": .number("\(Double(nanoseconds / 1000) / 1000)"), "caller": .string("\(event.file):\(event.line)"),
            "msg": .string("\(event.message)"),
        ]
        var data = metadata
        if event.level >= .error {
            let error = event.error.map { "\($0)" } ?? data.removeValue(forKey: "error").map { "\($0)" }
            line["err"] = error.map(JSON.string)
        } else {
            line["v"] = .number("\(verbosity(of: event.level))")
        }
        for (key, value) in data.sorted(by: { $0.key < $1.key }) {
            line[line[key] == nil ? key : "\(key)_"] = json(value)
        }
        return String(decoding: JSON.object(line).encoded, as: UTF8.self)
    }

    /// The `-v` from which on a line is written.
    static func verbosity(of level: Logger.Level) -> Int {
        switch level {
        case .trace: 6
        case .debug: 4
        case .info, .notice, .warning, .error, .critical: 0
        }
    }

    /// What is written at a `-v`.
    package static func level(at verbosity: Int) -> Logger.Level {
        verbosity >= 6 ? .trace : verbosity >= 4 ? .debug : .info
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .array(let values): .array(values.map(json))
        case .dictionary(let values): .object(.init(values.map { ($0.key, json($0.value)) })).sorted
        default: .string("\(value)")
        }
    }
}
