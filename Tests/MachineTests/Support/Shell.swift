import Subprocess
import SystemPackage

/// A command of this machine that ended otherwise than a test needs.
struct CommandFailed: Error, CustomStringConvertible {
    var script: String
    var status: TerminationStatus
    var words: String
    var description: String { "\(script): \(status): \(words)" }
}

/// Runs a shell script and returns what it printed, without the last line's end. A script that fails is an error.
@discardableResult
func shell(_ script: String) async throws -> String {
    let result = try await run(
        .path("/bin/bash"), arguments: ["-euo", "pipefail", "-c", script], output: .string(limit: 8 << 20),
        error: .string(limit: 1 << 20))
    guard result.terminationStatus.isSuccess else {
        let words = "\(result.standardError) \(result.standardOutput)"
        throw CommandFailed(script: script, status: result.terminationStatus, words: words)
    }
    let output = result.standardOutput
    return output.hasSuffix("\n") ? String(output.dropLast()) : output
}

/// A condition that did not come true in time.
struct TimedOut: Error, CustomStringConvertible {
    var what: String
    var last: String
    var description: String { "waited in vain until \(what)\(last.isEmpty ? "" : ": \(last)")" }
}

/// Waits until `condition` gives a value. An error of its is one more "not yet", shown when time runs out.
///
/// The limit is many times what a quiet machine needs: the CPU is emulated and may be shared.
@discardableResult
func until<Value>(
    _ what: String, within limit: Duration = .seconds(120), _ condition: () async throws -> Value?
) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now.advanced(by: limit)
    var last = ""
    while true {
        do {
            if let value = try await condition() { return value }
            last = ""
        } catch {
            last = "\(error)"
        }
        if clock.now >= deadline { throw TimedOut(what: what, last: last) }
        try await clock.sleep(for: .milliseconds(250))
    }
}

extension Bool {
    /// For ``until(_:within:_:)``: true is a value, false is none.
    var orNil: Bool? { self ? true : nil }
}
