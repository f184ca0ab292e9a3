import Linux
import SystemPackage
import Testing

@testable import Units

@Suite struct `A connection to systemd` {
    /// Takes one connection and answers as systemd does: first the login, as it came in one read, then one call.
    ///
    /// - Returns: what was read before each of the two answers.
    private static func serve(_ listener: borrowing UnixSocket) async throws -> (login: [UInt8], call: [UInt8]) {
        let connection = try await listener.accept()
        let login = try await connection.readSome()
        try await connection.writeAll(Array("OK 0123456789abcdef0123456789abcdef\r\n".utf8))
        let call = try await connection.readSome()
        var signal = BusMessage(kind: .signal)
        signal.member = "UnitNew"
        var answer = BusMessage(kind: .answer)
        answer.replySerial = try BusMessage(parsing: call).serial
        answer.body = [.variant(.string("inactive"))]
        // In two parts, after something else: none of it is lost.
        let bytes = try signal.encoded() + answer.encoded()
        try await connection.writeAll(Array(bytes.prefix(50)))
        try await connection.writeAll(Array(bytes.dropFirst(50)))
        return (login, call)
    }

    /// What systemd reads together with the end of a login it forgets until it hears more.
    @Test func `ends its login before it calls`() async throws {
        let path = FilePath("/tmp/swiftlet-bus-\(UInt64.random(in: 0 ... .max))")
        let listener = try UnixSocket.listening(at: path, .stream)
        defer { try? removeFile(at: path) }
        async let state = onOwnThread {
            try UnitManager(socket: path, user: 1000).property("ActiveState", of: "none.scope", kind: "Unit")?.text
        }
        let said = try await Self.serve(listener)
        #expect(try await state == "inactive")
        #expect(said.login == [0] + Array("AUTH EXTERNAL 31303030\r\nBEGIN\r\n".utf8))
        let call = try BusMessage(parsing: said.call)
        #expect(call.member == "Get" && call.path == "/org/freedesktop/systemd1/unit/none_2escope")
    }
}
