import Testing

@testable import Units

@Suite struct `A bus message` {
    private func message() -> BusMessage {
        var message = BusMessage(
            call: "StartTransientUnit", of: "org.freedesktop.systemd1.Manager", at: "/org/freedesktop/systemd1",
            [
                .string("a.scope"), .string("fail"),
                .array(
                    of: "(sv)",
                    [
                        UnitProperty("Delegate", .bool(true)).busValue,
                        UnitProperty("PIDs", .array(of: "u", [.uint32(7), .uint32(.max)])).busValue,
                        UnitProperty("AllowedCPUs", .bytes([3, 1])).busValue,
                        UnitProperty("MemoryMax", .uint64(.max)).busValue,
                        UnitProperty("Share", .double(0.5)).busValue,
                        UnitProperty("Less", .int32(-1)).busValue, UnitProperty("Far", .int64(.min)).busValue,
                        UnitProperty("DeviceAllow", .array(of: "(ss)", [])).busValue,
                        UnitProperty("Names", .array(of: "{sv}", [.entry(.string("k"), .variant(.byte(9)))])).busValue,
                    ]), .array(of: "(sa(sv))", []),
            ])
        message.serial = 5
        return message
    }

    @Test func `is read as it was written`() throws {
        let bytes = try message().encoded()
        #expect(try BusMessage.length(of: bytes) == bytes.count)
        #expect(try BusMessage.length(of: Array(bytes.prefix(15))) == nil)
        var read = try BusMessage(parsing: bytes)
        read.destination = message().destination
        #expect(read == message())
    }

    @Test func `is on the wire as the specification says`() throws {
        var ping = BusMessage(kind: .call)
        ping.serial = 1
        ping.member = "Get"
        ping.body = [.byte(1), .uint64(2)]
        let bytes = try ping.encoded()
        #expect(Array(bytes[..<16]) == [0x6c, 1, 0, 1, 16, 0, 0, 0, 1, 0, 0, 0, 24, 0, 0, 0])
        // Member: code 3, a variant of a text; then, on a multiple of 8, the signature of the body.
        #expect(Array(bytes[16..<28]) == [3, 1, 0x73, 0, 3, 0, 0, 0, 0x47, 0x65, 0x74, 0])
        #expect(Array(bytes[32..<39]) == [8, 1, 0x67, 0, 2, 0x79, 0x74])
        #expect(Array(bytes[40...]) == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func `that is cut off or has wrong bytes is refused or read, and never more than that`() throws {
        let bytes = try message().encoded()
        for length in bytes.indices { _ = try? BusMessage(parsing: Array(bytes.prefix(length))) }
        for index in bytes.indices {
            for value: UInt8 in [0, 1, 0x28, 0x61, 0x76, 0x7f, 0xff] {
                var hostile = bytes
                hostile[index] = value
                _ = try? BusMessage(parsing: hostile)
            }
        }
    }

    @Test(arguments: ["(", ")", "a", "()", "{s}", "{sss}", "(s", "z", String(repeating: "a", count: 40) + "y", "a{"])
    func `has no such signature`(signature: String) {
        #expect(throws: MalformedBusMessage.self) { try BusType.parse(signature) }
    }

    @Test func `is split into complete types`() throws {
        #expect(try BusType.parse("sa(sv)a{sv}uao").map { String($0.text) } == ["s", "a(sv)", "a{sv}", "u", "ao"])
    }

    @Test(arguments: [("a-b.scope", "a_2db_2escope"), ("0a", "_30a"), ("", "_"), ("x\u{1}", "x_01")])
    func `names a unit in an object's path`(unit: String, path: String) {
        #expect(UnitManager.escaped(unit) == path)
    }
}
