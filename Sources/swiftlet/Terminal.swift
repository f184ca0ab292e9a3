import SystemPackage

/// Standard output and error, unbuffered: what was said is seen, also through a pipe and up to a signal.
enum Terminal {
    static func show(_ text: String) { write(Array((text.hasSuffix("\n") || text.isEmpty ? text : text + "\n").utf8)) }

    /// Bytes as they are.
    static func write(_ bytes: [UInt8]) { _ = try? FileDescriptor.standardOutput.writeAll(bytes) }

    static func writeError(_ bytes: [UInt8]) { _ = try? FileDescriptor.standardError.writeAll(bytes) }

    static func tell(_ text: String) { writeError(Array(text.utf8)) }

    static func complain(_ text: String) { tell("Error: \(text)\n") }
}
