import CSystemd
import Logging

/// One entry of the journal: fields in order, each `NAME=value` in bytes.
struct JournalEntry {
    private(set) var fields: [[UInt8]] = []

    init(identifier: String, event: LogEvent, metadata: Logger.Metadata) {
        let sorted = metadata.sorted { $0.key < $1.key }
        add("MESSAGE", Self.message("\(event.message)", sorted))
        add("PRIORITY", "\(Self.priority(of: event.level))")
        add("SYSLOG_IDENTIFIER", identifier)
        add("CODE_FILE", event.file)
        add("CODE_LINE", "\(event.line)")
        add("CODE_FUNC", event.function)
        for (key, value) in sorted {
            guard let name = Self.fieldName(of: key) else { continue }
            add(name, "\(value)")
        }
    }

    private mutating func add(_ name: String, _ value: String) { fields.append(Array("\(name)=\(value)".utf8)) }

    /// Hands the entry to the journal. Where there is none the entry is lost, as it is with every other sender.
    func send() {
        // The fields lie one behind the other, so that one borrowed buffer holds them all.
        var bytes = fields.flatMap { $0 }
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var offset = 0
            let vectors = unsafe fields.map { field in
                defer { offset += field.count }
                return unsafe iovec(iov_base: buffer.baseAddress.map { unsafe $0 + offset }, iov_len: field.count)
            }
            _ = unsafe sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }

    /// The message with its data behind it: a person who reads the short form sees what it was about.
    static func message(_ text: String, _ metadata: [(key: String, value: Logger.MetadataValue)]) -> String {
        metadata.reduce(into: text) { $0 += " \($1.key)=\($1.value)" }
    }

    /// A key as the journal allows it: A to Z, digits and underscores, not beginning with either of those, at most 64.
    ///
    /// Source: `valid_user_field` of systemd's `journald-native.c`, `journal_field_valid`. `nil` where nothing is left,
    /// and for names that would pass for the entry's own.
    static func fieldName(of key: String) -> String? {
        let allowed = key.uppercased().unicodeScalars.map { scalar in
            switch scalar {
            case "A"..."Z", "0"..."9", "_": Character(scalar)
            default: Character("_")
            }
        }
        let name = String(allowed.drop { $0 == "_" || $0.isNumber }.prefix(64))
        switch name {
        case "", "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "CODE_FILE", "CODE_LINE", "CODE_FUNC": return nil
        default: return name
        }
    }

    /// Source: `syslog(3)`.
    static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
    }
}
