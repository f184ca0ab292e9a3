import JSONText
package import Linux

/// Why a network operation did not succeed, by what the caller would do differently.
package indirect enum CNIError: Error, Sendable, CustomStringConvertible {
    /// There is no network now; there may be one later. The node says NetworkReady=false with this message.
    case notReady(String)
    /// A request that no plugin should see: it will never succeed.
    case invalidRequest(String)
    /// A plugin did not do its work.
    case plugin(network: String, type: String, verb: Verb, cause: PluginFailure)
    /// The plugins said yes but the outcome is not usable.
    case unusable(network: String, reason: String)
    /// An operation failed, and so did giving back what it had taken.
    case notGivenBack(CNIError, cleanup: [CNIError])
    /// The agent's own files.
    case storage(String)

    package var description: String {
        switch self {
        case .notReady(let reason): reason
        case .invalidRequest(let reason): reason
        case .plugin(let network, let type, let verb, let cause):
            "network \(network): plugin \(type): \(verb.rawValue): \(cause)"
        case .unusable(let network, let reason): "network \(network): \(reason)"
        case .notGivenBack(let error, let cleanup):
            "\(error); then, giving back: \(cleanup.map(\.description).joined(separator: "; "))"
        case .storage(let reason): reason
        }
    }

    /// Code 11 of the specification, or a time-out: the same may succeed a little later.
    package var isTemporary: Bool {
        switch self {
        case .notReady: true
        case .plugin(_, _, _, .reported(let error)): error.code == 11
        case .plugin(_, _, _, .timedOut): true
        case .notGivenBack(let error, _): error.isTemporary
        default: false
        }
    }
}

/// How one run of a plugin failed.
package enum PluginFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The plugin said why, in an error object.
    case reported(PluginError)
    /// No such program in any directory of the path.
    case missing(searched: [String])
    case notStarted(String)
    case timedOut(Duration)
    case outputTooLong(limit: Int)
    /// Ended without an error object.
    case ended(Command.End, text: String)
    /// It said success, but what it printed is no result.
    case rubbish(reason: String, text: String)
    /// The plugin does not know the version of the specification that the configuration asks for.
    case version(wanted: [String], supported: [String])

    package var description: String {
        switch self {
        case .reported(let error): "\(error)"
        case .missing(let searched): "no such program in \(searched.joined(separator: ":"))"
        case .notStarted(let reason): reason
        case .timedOut(let limit): "no answer within \(limit.components.seconds) s: killed"
        case .outputTooLong(let limit): "printed more than \(limit) bytes: killed"
        case .ended(.exited(let code), let text): "exit code \(code): \(text.isEmpty ? "no error message" : text)"
        case .ended(.signalled(let signal), let text): "killed by signal \(signal)\(text.isEmpty ? "" : ": \(text)")"
        case .ended(let end, _): "\(end)"
        case .rubbish(let reason, let text): "\(reason): \(text.isEmpty ? "nothing printed" : text)"
        case .version(let wanted, let supported):
            "version \(wanted.joined(separator: ", ")) is wanted, it supports \(supported.joined(separator: ", "))"
        }
    }
}

/// The error object of a plugin. Source: SPEC.md, "Error".
package struct PluginError: Equatable, Sendable, CustomStringConvertible {
    package var code: Int
    package var message: String
    package var details: String

    /// `nil` when the value is no error object.
    init?(_ value: JSON) {
        guard let code = value["code"]?.integer, let message = value["msg"]?.string else { return nil }
        self.code = code
        self.message = message
        details = value["details"]?.string ?? ""
    }

    package var description: String {
        let text = "\(oneLine(message)) (code \(code))"
        return details.isEmpty ? text : "\(text): \(oneLine(details))"
    }
}

/// Text of a plugin, fit for one line of a log: no line breaks, no control characters, not endless.
func oneLine(_ text: String, limit: Int = 1000) -> String {
    let words = text.split { $0.isNewline || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
    let line = words.map { String($0) }.joined(separator: " ")
    return line.count > limit ? "\(line.prefix(limit))…" : line
}
