import Linux
import SystemPackage

/// A connection to a systemd, that of the machine or a user's own, by its own socket: there is one where no message bus
/// runs, and it is open to the systemd's user alone.
///
/// Why D-Bus of our own: libsystemd, which speaks it too, cannot be linked into a static program, and its calls with
/// variable arguments not be reached from Swift. A unit needs a dozen types and one socket.
///
/// Source: the D-Bus specification, "Authentication Protocol"; systemd's `bus_connect_system_systemd`.
actor BusConnection {
    private let socket: UnixSocket
    private var serial: UInt32 = 0
    private var received: [UInt8] = []
    /// Signals that came while an answer was awaited, the oldest first.
    private var signals: [BusMessage] = []

    init(to path: FilePath, user: UInt32) async throws {
        socket = try UnixSocket.connecting(to: path, .stream)
        let identity = "\(user)".utf8.map { byte in
            String(byte, radix: 16)
        }.joined()
        try await socket.writeAll([0] + Array("AUTH EXTERNAL \(identity)\r\n".utf8))
        let answer = try await line()
        guard answer.hasPrefix("OK ") else { throw SyscallError("log in at \(path): \(answer)", .permissionDenied) }
        try await socket.writeAll(Array("BEGIN\r\n".utf8))
    }

    private func line() async throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                received.removeFirst(end + 1)
                return line
            }
            guard received.count < 4096 else { throw MalformedBusMessage(reason: "endless line") }
            try await readMore()
        }
    }

    private func readMore() async throws {
        let bytes = try await socket.readSome()
        if bytes.isEmpty { throw SyscallError("read from systemd: it has hung up", .connectionReset) }
        received += bytes
    }

    private func message() async throws -> BusMessage {
        while true {
            if let length = try BusMessage.length(of: received), received.count >= length {
                let message = try BusMessage(parsing: Array(received.prefix(length)))
                received.removeFirst(length)
                return message
            }
            try await readMore()
        }
    }

    /// Calls a method and waits for what it answers. One call at a time: the caller waits before the next.
    func call(_ message: BusMessage) async throws -> [BusValue] {
        serial += 1
        // What was told before is of no interest to who asks now.
        signals = []
        var message = message
        message.serial = serial
        try await socket.writeAll(message.encoded())
        while true {
            let answer = try await self.message()
            switch answer.kind {
            case .signal: signals.append(answer)
            case .answer where answer.replySerial == message.serial: return answer.body
            case .error where answer.replySerial == message.serial:
                throw BusError(name: answer.errorName ?? "", message: answer.body.first?.text ?? "")
            default: continue
            }
        }
    }

    /// Waits for a signal that `matches` makes something of; those before it are forgotten.
    func signal<R: Sendable>(_ matches: @Sendable (BusMessage) -> R?) async throws -> R {
        while true {
            let next = signals.isEmpty ? try await message() : signals.removeFirst()
            if next.kind == .signal, let result = matches(next) { return result }
        }
    }
}

/// What systemd answered instead of doing what it was asked.
package struct BusError: Error, Equatable, CustomStringConvertible {
    /// E.g. `org.freedesktop.systemd1.UnitExists`.
    package let name: String
    /// Systemd's own words.
    package let message: String

    package init(name: String, message: String) {
        self.name = name
        self.message = message
    }

    package var description: String { message.isEmpty ? name : message }

    var isUnitExists: Bool { name.hasSuffix(".UnitExists") }
    var isNoSuchUnit: Bool { name.hasSuffix(".NoSuchUnit") }
}
