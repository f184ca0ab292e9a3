import JSONText

/// How a command that a client has asked for came out, in the words of `meta/v1` `Status`.
enum RemoteCommandEnd: Equatable, Sendable {
    case exited(code: Int32, command: [String])
    /// It could not be run, or not be followed to its end.
    case failed(String)

    /// From version 4 of the protocol on.
    ///
    /// Source: kubernetes `cri-streaming/pkg/streaming/remotecommand/exec.go`; `utils/exec`, `CodeExitError`.
    var status: [UInt8] {
        var members: [(name: String, value: JSON)] = [("metadata", .object([:]))]
        switch self {
        case .exited(0, _): members.append(("status", .string("Success")))
        case .exited(let code, _):
            members += [
                ("status", .string("Failure")), ("message", .string(message)), ("reason", .string("NonZeroExitCode")),
                ("details", Self.details([("reason", .string("ExitCode")), ("message", .string("\(code)"))])),
            ]
        case .failed(let why):
            members += [
                ("status", .string("Failure")), ("message", .string(message)), ("reason", .string("InternalError")),
                ("details", Self.details([("message", .string(why))])), ("code", .number("500")),
            ]
        }
        return JSON.object(.init(members)).encoded
    }

    /// Up to version 3: text, and none where all went well.
    var text: [UInt8] { isSuccess ? [] : Array(message.utf8) }

    private var message: String {
        switch self {
        case .exited(let code, let command):
            "command terminated with non-zero exit code: error executing command [\(command.joined(separator: " "))], "
                + "exit code \(code)"
        case .failed(let why): "Internal error occurred: \(why)"
        }
    }

    private var isSuccess: Bool { if case .exited(0, _) = self { true } else { false } }

    private static func details(_ cause: [(name: String, value: JSON)]) -> JSON {
        .object(.init([("causes", .array([.object(.init(cause))]))]))
    }
}
