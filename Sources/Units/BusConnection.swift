import Linux
import SystemPackage

/// A connection to a systemd, that of the machine or a user's own, by its own socket: there is one where no message bus
/// runs, and it is open to the systemd's user alone.
///
/// Why D-Bus of our own: libsystemd, which speaks it too, cannot be linked into a static program, and its calls with
/// variable arguments not be reached from Swift. A unit needs a dozen types and one socket.
///
/// It blocks: the agent uses it on a thread of its own. No call takes longer than ``timeout``.
///
/// Source: the D-Bus specification, "Authentication Protocol"; systemd's `bus_connect_system_systemd`.
final class BusConnection {
    private let socket: UnixSocket
    private var serial: UInt32 = 0
    private var received: [UInt8] = []
    /// Signals that came while an answer was awaited, the oldest first.
    private var signals: [BusMessage] = []
    /// How long systemd may take for an answer, or for a job.
    static let timeout = Duration.seconds(30)

    init(to path: FilePath, user: UInt32) throws {
        socket = try UnixSocket.connecting(to: path, .stream)
        // The user's number, in hexadecimal digits of its decimal ones.
        let identity = "\(user)".utf8.hexadecimal
        // All at once, and no call before the answer: whole messages that systemd reads together with BEGIN stay in its
        // buffer until it hears more, which it does not from who waits for an answer.
        // Source: systemd's `bus_socket_read_auth` and `bus_socket_start_auth_client`.
        try send([0] + Array("AUTH EXTERNAL \(identity)\r\nBEGIN\r\n".utf8))
        let answer = try line(before: .now + Self.timeout)
        guard answer.hasPrefix("OK ") else { throw SyscallError("log in at \(path): \(answer)", .permissionDenied) }
    }

    /// Systemd reads all the time: what we say fits into the socket's buffer.
    private func send(_ bytes: [UInt8]) throws {
        try socket.borrow { fd throws(SyscallError) in try fd.sendPacket(bytes) }
    }

    private func line(before deadline: ContinuousClock.Instant) throws -> String {
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end].filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
                received.removeFirst(end + 1)
                return line
            }
            guard received.count < 4096 else { throw MalformedBusMessage(reason: "endless line") }
            try readMore(before: deadline)
        }
    }

    private func readMore(before deadline: ContinuousClock.Instant) throws {
        let bytes = try socket.borrow { fd throws(SyscallError) in
            guard try fd.waitUntilReadable(before: deadline) else { throw SyscallError("wait for systemd", .timedOut) }
            return try fd.readSome()
        }
        if bytes.isEmpty { throw SyscallError("read from systemd: it has hung up", .connectionReset) }
        received += bytes
    }

    private func message(before deadline: ContinuousClock.Instant) throws -> BusMessage {
        while true {
            if let length = try BusMessage.length(of: received), received.count >= length {
                let message = try BusMessage(parsing: Array(received.prefix(length)))
                received.removeFirst(length)
                return message
            }
            try readMore(before: deadline)
        }
    }

    /// Calls a method and waits for what it answers.
    func call(_ message: BusMessage) throws -> [BusValue] {
        let deadline = ContinuousClock.now + Self.timeout
        serial += 1
        // What was told before is of no interest to who asks now.
        signals = []
        var message = message
        message.serial = serial
        try send(message.encoded())
        while true {
            let answer = try self.message(before: deadline)
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
    func signal<R>(_ matches: (BusMessage) -> R?) throws -> R {
        let deadline = ContinuousClock.now + Self.timeout
        while true {
            let next = signals.isEmpty ? try message(before: deadline) : signals.removeFirst()
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
