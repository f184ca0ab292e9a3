import FoundationEssentials
import Linux
import Logging
import Node
import Pods
import Systemd

/// How the agent logs. All handlers read it at every line, so that a reload reaches those that exist.
struct LogSettings: Equatable, Sendable {
    var level: Logger.Level
    var isJSON: Bool

    init(_ configuration: KubeletConfiguration) {
        level = JSONLogHandler.level(at: configuration.logVerbosity)
        isJSON = configuration.logFormat == "json"
    }
}

/// Writes JSON where that was asked for; else to the journal, where a line has fields; anywhere else text.
struct AgentLogHandler: LogHandler {
    private let settings: Live<LogSettings>
    private let isJournal = JournalHandler.isStandardErrorTheJournal(
        stream: ProcessInfo.processInfo.environment["JOURNAL_STREAM"])
    private var json = JSONLogHandler()
    private var journal: JournalHandler
    private var text: StreamLogHandler

    init(label: String, settings: Live<LogSettings>) {
        self.settings = settings
        journal = JournalHandler(identifier: label)
        text = StreamLogHandler.standardError(label: label)
    }

    /// What the configuration says: no part of the program has a level of its own.
    var logLevel: Logger.Level {
        get { settings.value.level }
        set {}
    }

    var metadata: Logger.Metadata {
        get { json.metadata }
        set { (json.metadata, journal.metadata, text.metadata) = (newValue, newValue, newValue) }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { json.metadataProvider }
        set {
            (json.metadataProvider, journal.metadataProvider, text.metadataProvider) = (newValue, newValue, newValue)
        }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set {
            json[metadataKey: key] = newValue
            journal[metadataKey: key] = newValue
            text[metadataKey: key] = newValue
        }
    }

    func log(event: LogEvent) {
        if settings.value.isJSON { return json.log(event: event) }
        if isJournal { journal.log(event: event) } else { text.log(event: event) }
    }
}
