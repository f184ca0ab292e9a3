import CSystemd
package import Logging
import SystemPackage

/// Sends log lines to the journal with their fields, where `journalctl POD=web` finds them.
///
/// Every metadata key becomes a field under its upper-cased name. Source: `sd_journal_sendv(3)`,
/// `systemd.journal-fields(7)`.
package struct JournalHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    private let identifier: String

    /// - Parameters:
    ///   - identifier: the name before the message in `journalctl`'s short form.
    ///   - level: what is less important is not sent.
    package init(identifier: String, level: Logger.Level = .info) {
        self.identifier = identifier
        self.logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let own = event.metadata { all.merge(own) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        JournalEntry(identifier: identifier, event: event, metadata: all).send()
    }
}

extension JournalHandler {
    /// Whether standard error is connected to the journal, so that lines with fields can take the place of plain ones.
    ///
    /// `JOURNAL_STREAM` may be inherited by a process whose output went elsewhere since: device and inode tell.
    /// Source: `systemd.exec(5)`, `$JOURNAL_STREAM`.
    package static func isStandardErrorTheJournal(stream: String?) -> Bool {
        guard let stream, let status = try? FileDescriptor.standardError.stat() else { return false }
        return stream == "\(status.deviceID.rawValue):\(status.inode.rawValue)"
    }
}
