package import Linux
package import SystemPackage

extension ExitState {
    /// One line, `code=0 signal=0 finished=<ns since 1970> boottime=<ns since boot>`: what outlives shim and agent.
    package var record: String {
        "code=\(code) signal=\(signal) finished=\(finished) boottime=\(finishedSinceBoot)\n"
    }

    /// Reads a record; unknown keys are skipped.
    package init(parsing text: some StringProtocol) throws(ByteError) {
        var values: [Substring: Int64] = [:]
        for field in Substring(text).split(whereSeparator: \.isWhitespace) {
            let parts = field.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw .invalid("exit record") }
            if let value = Int64(parts[1]) { values[parts[0]] = value }
        }
        guard let code = values["code"].flatMap({ Int32(exactly: $0) }),
            let signal = values["signal"].flatMap({ Int32(exactly: $0) }),
            let finished = values["finished"], let boot = values["boottime"]
        else { throw .invalid("exit record") }
        self.init(code: code, signal: signal, finished: finished, finishedSinceBoot: boot)
    }

    /// What a shim wrote down; `nil` while the process runs, or if nobody could.
    package static func read(_ path: FilePath) throws -> ExitState? {
        guard let content = try readFile(at: path, ifExists: true, limit: 4096) else { return nil }
        return try ExitState(parsing: String(decoding: content, as: UTF8.self))
    }
}
