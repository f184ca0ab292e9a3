import JSONText
import Linux
import NIOHTTP1

/// Which streams a client of exec or attach wants.
struct RemoteCommandOptions: Equatable, Sendable {
    var command: [String]
    var hasInput: Bool
    var hasOutput: Bool
    var hasErrors: Bool
    var hasTerminal: Bool

    /// Source: kubernetes `cri-streaming/pkg/streaming/remotecommand`, `NewOptions`.
    init(_ query: Query) throws(Refusal) {
        command = query.all("command")
        hasInput = query.isSet("input", "stdin")
        hasOutput = query.isSet("output", "stdout")
        hasTerminal = query.isSet("tty")
        // A terminal is output and errors in one.
        hasErrors = query.isSet("error", "stderr") && !hasTerminal
        guard hasInput || hasOutput || hasErrors else {
            throw Refusal(.badRequest, "you must specify at least 1 of stdin, stdout, stderr")
        }
    }
}

extension TerminalSize {
    /// What a client sends when its window changes: `{"Width":80,"Height":24}`. `nil` for what is none.
    init?(resize message: [UInt8]) {
        struct Size: Decodable {
            var width: Int
            var height: Int
            enum CodingKeys: String, CodingKey { case width = "Width", height = "Height" }
        }
        guard let size = try? JSONReader.read(Size.self, from: message),
            let rows = UInt16(exactly: size.height), let columns = UInt16(exactly: size.width), rows > 0, columns > 0
        else { return nil }
        self.init(rows: rows, columns: columns)
    }
}
