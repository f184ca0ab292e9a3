import Logging
import Systemd
import Testing

@Suite(.serialized, .boot(1)) struct `The journal` {
    @Test func `has the agent's lines with the pod as a field`() async throws {
        try await AgentService.untilItIsUp()
        let pod = try await TestPod("noted", script: "trap exit TERM\nsleep 1000 & wait")
        try await pod.untilItRuns()
        let fields = try await until("a line about the pod is there") {
            let line = try await shell(
                "journalctl -u swiftlet -o json --no-pager | jq -c 'select((.POD // \"\") | contains(\"noted-node1\"))' | tail -n 1"
            )
            return line.isEmpty ? nil : line
        }
        #expect(fields.contains("\"SYSLOG_IDENTIFIER\":\"swiftlet\""))
        #expect(fields.contains("\"PRIORITY\":"))
        #expect(fields.contains("\"_SYSTEMD_UNIT\":\"swiftlet.service\""))
        try await pod.remove()
    }

    @Test func `takes every field of a line`() async throws {
        let mark = "mark\(UInt64.random(in: 0 ... .max))"
        var logger = Logger(label: "test") { _ in JournalHandler(identifier: "machine-tests") }
        logger[metadataKey: "pod"] = "default/web"
        logger.warning("Two\nlines", metadata: ["test-mark": "\(mark)", "bytes": "a=b\nc"])
        let fields = try await until("the line is there") {
            let line = try await shell(
                "journalctl TEST_MARK=\(mark) -o json --no-pager | jq -c '[.MESSAGE, .PRIORITY, .SYSLOG_IDENTIFIER, .POD, .BYTES]'"
            )
            return line.isEmpty ? nil : line
        }
        let message = #"Two\nlines bytes=a=b\nc pod=default/web test-mark=\#(mark)"#
        #expect(fields == #"["\#(message)","4","machine-tests","default/web","a=b\nc"]"#)
    }
}
