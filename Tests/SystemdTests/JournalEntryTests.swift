import Logging
import Testing

@testable import Systemd

@Suite struct `A journal entry` {
    @Test(arguments: [
        ("pod", "POD"), ("pod.uid", "POD_UID"), ("container-id", "CONTAINER_ID"), ("_trusted", "TRUSTED"),
        ("2nd", "ND"), ("größe", "GR_SSE"), (String(repeating: "k", count: 70), String(repeating: "K", count: 64)),
    ])
    func `names a field after its key as the journal allows`(key: String, field: String) {
        #expect(JournalEntry.fieldName(of: key) == field)
    }

    @Test(arguments: ["", "___", "42", "message", "Priority", "code-file"])
    func `leaves out a key that has no name, or that of another field`(key: String) {
        #expect(JournalEntry.fieldName(of: key) == nil)
    }

    @Test(arguments: [
        (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
    ])
    func `has syslog's priority`(level: Logger.Level, priority: Int) {
        #expect(JournalEntry.priority(of: level) == priority)
    }

    @Test func `is made of the message with its data, and of a field for each`() {
        let event = LogEvent(
            level: .notice, message: "Pod started", metadata: nil, source: "Pods", file: "Pods/PodWorker.swift",
            function: "run()", line: 7)
        let entry = JournalEntry(
            identifier: "swiftlet", event: event, metadata: ["pod": "default/web", "attempt": "1"])
        #expect(
            entry.fields.map { String(decoding: $0, as: UTF8.self) } == [
                "MESSAGE=Pod started attempt=1 pod=default/web", "PRIORITY=5", "SYSLOG_IDENTIFIER=swiftlet",
                "CODE_FILE=Pods/PodWorker.swift", "CODE_LINE=7", "CODE_FUNC=run()", "ATTEMPT=1", "POD=default/web",
            ])
    }
}

@Suite struct `Standard error` {
    @Test(arguments: [nil, "", "0:0", "not:numbers"])
    func `is not the journal when the variable says otherwise`(stream: String?) {
        #expect(!JournalHandler.isStandardErrorTheJournal(stream: stream))
    }
}
